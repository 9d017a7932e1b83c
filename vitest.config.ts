import { defineConfig } from "vitest/config";

/** Tests on one API server that they share, and those that break one of their own. */
const ON_A_SERVER = ["cluster", "bad-input"].map((folder) => `test/${folder}/**/*.test.ts`);
const ON_ITS_OWN = ["test/fault/**/*.test.ts"];

/**
 * `unit` needs nothing but Node; `cluster` runs on one real API server that its global setup starts; each file of `fault`
 * starts its own, to kill it, and mostly waits: two at a time.
 */
export default defineConfig({
  test: {
    reporters: ["default", "./test/summary.ts"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [...ON_A_SERVER, ...ON_ITS_OWN],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "cluster",
          include: ON_A_SERVER,
          globalSetup: ["test/cluster/global-setup.ts"],
          // One file after another, and not beside the unit tests: policies and appliances have no namespace, so files would
          // see each other's, and the API server needs the cores.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "fault",
          include: ON_ITS_OWN,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
    // Ending a control plane of processes takes a moment.
    teardownTimeout: 30_000,
  },
});
