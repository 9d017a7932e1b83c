import { defineConfig } from "vitest/config";

/** Tests that need an API server. */
const ON_A_SERVER = ["cluster", "fault", "bad-input"].map((folder) => `test/${folder}/**/*.test.ts`);

/** `unit` needs nothing but Node; `cluster` runs on one real API server that its global setup starts. */
export default defineConfig({
  test: {
    reporters: ["default", "./test/summary.ts"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ON_A_SERVER,
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
    ],
    // Ending a control plane of processes takes a moment.
    teardownTimeout: 30_000,
  },
});
