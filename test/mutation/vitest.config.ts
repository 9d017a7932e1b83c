import { defineConfig } from "vitest/config";

/** The tests that mutants are tried on: those of one room of `src/`, quick and without an API server. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  resolve: ["test/resolve", "test/property"],
  cache: ["test/cache"],
  controller: ["test/controller"],
};

const folders = ROOMS[process.env.TANDEM_TEST_MUTATION_ROOM ?? ""] ?? [];

export default defineConfig({
  test: {
    include: folders.map((folder) => `${folder}/**/*.test.ts`),
    // Measurements say nothing on a machine that does something else beside them.
    exclude: ["**/scale.test.ts", "**/*.bench.ts"],
    setupFiles: ["test/mutation/setup.ts"],
    testTimeout: 20_000,
  },
});
