import type { Reporter, TestModule } from "vitest/node";

/** After Vitest's own report: each skipped test by name and reason, and the count on a line that scripts can read. */
export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      if (module.state() === "failed" && module.errors().length > 0) count.failed += 1;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "pending") continue;
        count[result.state] += 1;
        if (result.state !== "skipped") continue;
        process.stdout.write(`skipped: ${test.fullName}: ${result.note ?? "no reason given"}\n`);
      }
    }
    process.stdout.write(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
  }
}
