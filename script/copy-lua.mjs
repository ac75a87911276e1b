// The compiler leaves the Lua scripts behind; the services read them from beside their own code.
import { cpSync } from "node:fs";

cpSync("services", "dist/services", {
  recursive: true,
  filter: (path) => !/\.[a-z]+$/.test(path) || path.endsWith(".lua"),
});
