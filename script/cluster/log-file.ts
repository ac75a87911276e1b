import { createWriteStream, existsSync, mkdirSync, renameSync, type WriteStream } from "node:fs";
import { join } from "node:path";

export interface LogFile {
  write(line: string): void;
}

const fullAtBytes = 10 * 1024 * 1024;

/** A log of lines that keeps at most two files: the current one, and the one before it (`.1`). */
export function createLogFile(folder: string, name: string): LogFile {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.log`);
  let stream: WriteStream = open();
  let bytes = 0;

  function open(): WriteStream {
    if (existsSync(path)) renameSync(path, `${path}.1`);
    const opened = createWriteStream(path, { mode: 0o600 });
    // A full disk must not stop the cluster that is being watched.
    opened.on("error", () => {});
    return opened;
  }

  return {
    write(line) {
      bytes += line.length + 1;
      if (bytes > fullAtBytes) {
        stream.end();
        stream = open();
        bytes = line.length + 1;
      }
      stream.write(`${line}\n`);
    },
  };
}
