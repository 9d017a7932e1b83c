import type { Reporter, TestModule } from "vitest/node";

/** How much of an error is said again at the end: enough to know which, wherever only the last lines of a run are kept. */
const ERROR_LENGTH = 2_000;

/** After Vitest's own report: each skipped and each failed test by name and reason, and the count on a line that scripts can read. */
export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      if (module.state() === "failed" && module.errors().length > 0) {
        count.failed += 1;
        fails(module.relativeModuleId, module.errors());
      }
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "pending") continue;
        count[result.state] += 1;
        if (result.state === "failed") fails(`${module.relativeModuleId}: ${test.fullName}`, result.errors);
        if (result.state !== "skipped") continue;
        process.stdout.write(`skipped: ${test.fullName}: ${result.note ?? "no reason given"}\n`);
      }
    }
    process.stdout.write(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
  }
}

function fails(name: string, errors: readonly { message: string }[]): void {
  for (const { message } of errors) process.stdout.write(`failed: ${name}: ${message.slice(0, ERROR_LENGTH)}\n`);
}
