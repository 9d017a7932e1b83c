import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The tests that mutants are tried on: those of one room of `src/`, quick and without an API server. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  resolve: ["test/resolve", "test/property"],
  cache: ["test/cache"],
  controller: ["test/controller"],
};

const folders = ROOMS[process.env.TANDEM_TEST_MUTATION_ROOM ?? ""] ?? [];

/**
 * The first test that fails ends the trial of a mutant. So the file goes first that noticed the one before, which is next
 * to it in the source; then the quick ones.
 */
class LikelyFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = (file: TestSpecification): number => {
      const { failed = false, duration = 0 } = this.ctx.cache.getTestSpecificationResult(file) ?? {};
      return failed ? -1 : duration;
    };
    return files.toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: folders.map((folder) => `${folder}/**/*.test.ts`),
    // They measure, or wait for sockets, and would do so for thousands of mutants.
    exclude: ["**/*scale.test.ts", "**/workers-slices.test.ts", "**/controller.test.ts"],
    setupFiles: ["test/mutation/setup.ts"],
    sequence: { sequencer: LikelyFirst },
    testTimeout: 10_000,
    reporters: [{}],
  },
});
