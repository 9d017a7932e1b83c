import { formatPlace } from "../../../api/manifest/index.ts";
import { code, details, plain, table } from "../../output/markdown.ts";
import { CATALOGUE } from "../catalogue.ts";
import { type Finding, tallyText } from "../finding.ts";
import { sentence } from "./parts.ts";

/** A comment for a pull request: a table of findings, and below it, folded, why each matters and what to do. */
export function markdown(findings: readonly Finding[]): string {
  const head = `**tandem lint**: ${tallyText(findings)}\n`;
  if (findings.length === 0) return head;
  const rows = findings.map((finding) => [
    finding.rule.severity,
    finding.rule.code,
    code(formatPlace(finding.place)),
    plain(sentence(finding)),
  ]);
  const codes = new Set(findings.map(({ rule }) => rule.code));
  const help = CATALOGUE.filter((rule) => codes.has(rule.code)).map(
    (rule) => `- **${rule.code} ${plain(rule.title)}.** ${plain(rule.why)} *What to do:* ${plain(rule.advice)}\n`,
  );
  return `${head}\n${table(["severity", "code", "place", "finding"], rows)}\n${details("Why it matters, and what to do", help.join(""))}`;
}
