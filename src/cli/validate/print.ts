import { formatProblem, printable } from "../../api/manifest/index.ts";
import { pathText } from "../../api/manifest/json.ts";
import { documentOf, jsonText } from "../output/document.ts";
import type { Finding, Verdicts } from "./verdicts.ts";

/** The findings, a line each, and how many objects there are of which sort. */
export function text({ findings, valid, invalid, notRead }: Verdicts): string {
  const lines = findings.map(line);
  const others = [...notRead].map(([kind, count]) => `${count} ${printable(kind)}`);
  const sum = [...notRead.values()].reduce((a, b) => a + b, 0);
  const unread = sum === 0 ? "" : `, ${sum} of other kinds not read (${others.join(", ")})`;
  return [...lines, `${valid} valid, ${invalid} invalid${unread}`, ""].join("\n");
}

/** Of a file the place says which object is meant; an object of a cluster has a name only. */
function line({ problem, kind = "", name = "", namespace }: Finding): string {
  if (problem.line !== undefined) return formatProblem(problem);
  const object = printable(`${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`);
  return formatProblem({ ...problem, file: `${problem.file}: ${object}` });
}

/** The same for a program. */
export function json({ findings, valid, invalid, notRead, unjudged }: Verdicts): string {
  return jsonText(
    documentOf("Validation", {
      valid,
      invalid,
      notRead: [...notRead].map(([kind, count]) => ({ kind, count })),
      unjudgedRules: unjudged,
      findings: findings.map(jsonFinding),
    }),
  );
}

function jsonFinding({ problem, ...subject }: Finding): object {
  const { file, line, column, path, text: message } = problem;
  return { file, line, column, path: pathText(path), ...subject, severity: "error", message };
}

/** What the verdict does not cover: files that cannot be read, and rules that cannot be judged here. */
export function reservations({ failures, unjudged }: Verdicts): string {
  const rules = unjudged.map(({ kind, rule }) => {
    return `cannot judge rule ${JSON.stringify(rule)} of ${kind}: the API server will`;
  });
  return [...failures.map(formatProblem), ...rules].map((line) => `${line}\n`).join("");
}
