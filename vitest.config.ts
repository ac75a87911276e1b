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

// Real processes. Each file has its own, with ports and a Redis of their own, and waits most of its time, for graces, leases
// and drains to run out: a few files at once fill two cores.
const withProcesses = {
  setupFiles: ["test/support/leave-nothing.ts"],
  globalSetup: ["test/support/build.ts"],
};

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    projects: [
      // Beside others some that take two seconds alone take ten.
      project("unit", 0, { maxWorkers: 2, testTimeout: 40 * seconds }),
      project("redis", 1, {
        setupFiles: ["test/support/leave-nothing.ts"],
        testTimeout: 20 * seconds,
        hookTimeout: 30 * seconds,
        // They mostly wait, for graces and leases to run out.
        maxWorkers: 3,
      }),
      project("cluster", 2, {
        ...withProcesses,
        maxWorkers: 3,
        testTimeout: 60 * seconds,
        hookTimeout: 90 * seconds,
      }),
      project("faults", 3, {
        ...withProcesses,
        // Hundreds of people talk in each, and what is promised of them has its time: one file after the other.
        fileParallelism: false,
        testTimeout: 90 * seconds,
        hookTimeout: 90 * seconds,
      }),
      project("browser", 4, {
        ...withProcesses,
        globalSetup: [...withProcesses.globalSetup, "test/support/page-fixture.ts"],
        maxWorkers: 2,
        // What drives the browser takes a second to load: once for each worker, not for each file.
        isolate: false,
        testTimeout: 60 * seconds,
        hookTimeout: 90 * seconds,
      }),
      project("compose", 5, {
        ...withProcesses,
        fileParallelism: false,
        globalSetup: [],
        testTimeout: 180 * seconds,
        hookTimeout: 400 * seconds,
      }),
    ],
  },
});
