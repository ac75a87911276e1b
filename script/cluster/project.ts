import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder, found from the sources as well as from the build in dist/. */
export const projectRoot = nearest("package.json");

/** A file of the project, absolute. */
export function projectFile(...path: string[]): string {
  return join(projectRoot, ...path);
}

function nearest(file: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, file))) {
    if (folder === dirname(folder)) throw new Error(`no ${file} above ${import.meta.url}`);
    folder = dirname(folder);
  }
  return folder;
}
