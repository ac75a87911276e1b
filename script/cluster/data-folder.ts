import { createHash, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, readlinkSync, realpathSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { ConfigurationError } from "../../services/platform/variables.ts";

/** Makes the folder, and sees that one launcher alone uses it for as long as this process lives. */
export async function claimDataFolder(path: string): Promise<string> {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chmodSync(path, 0o700);
  } catch (error) {
    throw new ConfigurationError([
      `DATA_DIR holds ${JSON.stringify(path)}, which cannot be used: ${(error as Error).message}`,
    ]);
  }
  const folder = realpathSync(path);
  // A name in the kernel, which is gone the moment we are: a lock file would have to be cleaned up after a crash.
  const name = createHash("sha256").update(folder).digest("hex").slice(0, 32);
  const lock = createServer();
  await new Promise<void>((resolve, reject) => {
    lock.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new ConfigurationError([
              `DATA_DIR holds ${JSON.stringify(path)}, which a Parley that is running uses; stop that one, or give this one another folder and PORT`,
            ])
          : error,
      ),
    );
    lock.listen(`\0parley-${name}`, resolve);
  });
  lock.unref();
  return folder;
}

/** The secret in that file, made when it is not there yet. */
export function keptSecret(file: string): string {
  try {
    const kept = readFileSync(file, "utf8").trim();
    if (kept.length >= 32) return kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const secret = randomBytes(32).toString("base64url");
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return secret;
}

/**
 * The id of the Redis that still works on this folder, or undefined. After a launcher was killed, its Redis may need a
 * moment to write what it holds; two on one folder would spoil it.
 */
export function redisInFolder(folder: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(folder, "redis.pid"), "utf8"));
    // The number may be somebody else's by now; Redis works in its folder.
    return readlinkSync(`/proc/${pid}/cwd`) === folder ? pid : undefined;
  } catch {
    return undefined;
  }
}
