const room = process.env.TANDEM_TEST_MUTATION_ROOM;

// Options of StrykerJS, for one room.
export default {
  mutate: [`src/${room}/**/*.ts`],
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "test/mutation/vitest.config.ts", related: false },
  coverageAnalysis: "perTest",
  reporters: ["json", "progress-append-only"],
  jsonReporter: { fileName: `reports/mutation/${room}.json` },
  tempDirName: "reports/stryker",
  ignorePatterns: ["dist", "docs", "coverage"],
  concurrency: Number(process.env.TANDEM_TEST_MUTATION_CONCURRENCY ?? 2),
  timeoutMS: 8_000,
  // It reads a tsconfig with the compiler's API, which TypeScript 7 has not: here is none to be read.
  tsconfigFile: "none.json",
  disableTypeChecks: false,
  allowEmpty: true,
  // What the tests say goes into the log of Stryker only if something is wrong.
  logLevel: "warn",
};
