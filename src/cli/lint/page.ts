import { layOut } from "../output/columns.ts";
import { CATALOGUE } from "./catalogue.ts";
import type { RuleText } from "./finding.ts";

/** Every code with its severity and title, a line each. */
export function listText(): string {
  const rows = CATALOGUE.map(({ code, severity, title }) => [code, severity, title]);
  return [...layOut([["CODE", "SEVERITY", "TITLE"], ...rows])].join("");
}

/** The page of one code, for a terminal: why, an example that has it, what to do, and the example put right. */
export function rulePage(rule: RuleText): string {
  const { code, severity, title, why, advice, bad, good, args = [] } = rule;
  const how = args.length === 0 ? "" : ` (with ${args.join(" ")})`;
  return `${code} ${title}
Severity: ${severity}

${why}

What to do: ${advice}

An example that has it${how}:

${indented(bad)}
Put right:

${indented(good)}`;
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}

/** The whole catalogue as Markdown: docs/commands/lint.md holds it. */
export function cataloguePage(): string {
  const rows = CATALOGUE.map(
    ({ code, severity, title }) => `| [${code}](#${code.toLowerCase()}) | ${severity} | ${title} |`,
  );
  return [`| code | severity | title |\n| --- | --- | --- |\n${rows.join("\n")}\n`, ...CATALOGUE.map(section)].join(
    "\n",
  );
}

function section({ code, severity, title, why, advice, bad, good, args = [] }: RuleText): string {
  const how = args.length === 0 ? "" : ` (with \`${args.join(" ")}\`)`;
  return `### ${code}

**${title}** (${severity}). ${why}

What to do: ${advice}

<details><summary>Example</summary>

Has it${how}:

\`\`\`yaml
${bad}\`\`\`

Put right:

\`\`\`yaml
${good}\`\`\`

</details>
`;
}
