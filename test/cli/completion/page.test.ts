import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tandem } from "../run.ts";

test("docs/commands/completion.md shows what the command prints", async () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/commands/completion.md"), "utf8");
  const { code, out } = await tandem(["completion", "fish"]);
  expect(code).toBe(0);
  expect(page).toContain(`$ tandem completion fish\n${out}\`\`\``);
});
