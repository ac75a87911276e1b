import { defineConfig } from "vitest/config";

const seconds = 1_000;

/** One project for each kind of test; they run one kind after the other. */
function project(name: string, order: number, options: Record<string, unknown>) {
  return {
    extends: true as const,
    test: {
      name,
      include: [`test/${name}/**/*.test.{ts,tsx}`],
      sequence: { groupOrder: order },
      ...options,
    },
  };
}

// Real processes, of which a few fill a small machine: one file after the other.
const withProcesses = {
  fileParallelism: false,
  setupFiles: ["test/support/leave-nothing.ts"],
  globalSetup: ["test/support/build.ts"],
};

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    projects: [
      project("unit", 0, { maxWorkers: 2, testTimeout: 10 * seconds }),
      project("redis", 1, {
        setupFiles: ["test/support/leave-nothing.ts"],
        testTimeout: 20 * seconds,
        hookTimeout: 30 * seconds,
        // They mostly wait, for graces and leases to run out.
        maxWorkers: 3,
      }),
      project("cluster", 2, { ...withProcesses, testTimeout: 60 * seconds, hookTimeout: 90 * seconds }),
      project("faults", 3, { ...withProcesses, testTimeout: 90 * seconds, hookTimeout: 90 * seconds }),
      project("browser", 4, { ...withProcesses, testTimeout: 60 * seconds, hookTimeout: 90 * seconds }),
      project("compose", 5, {
        ...withProcesses,
        globalSetup: [],
        testTimeout: 180 * seconds,
        hookTimeout: 400 * seconds,
      }),
    ],
  },
});
