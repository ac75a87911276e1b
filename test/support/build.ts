import { execFileSync } from "node:child_process";
import { projectFile } from "../../script/cluster/project.ts";

/** Tests run what is delivered: the built dist/. Built once, when something is newer; PARLEY_BUILT=1 says that it is fresh. */
export default function build(): void {
  if (process.env.PARLEY_BUILT === "1") return;
  execFileSync(projectFile("script", "build"), { stdio: ["ignore", "inherit", "inherit"] });
  process.env.PARLEY_BUILT = "1";
}
