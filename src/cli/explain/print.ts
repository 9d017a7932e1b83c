import { writeYaml } from "../../api/manifest/index.ts";
import type { Screen } from "../io.ts";
import { documentOf, jsonText } from "../output/document.ts";
import { plain } from "../output/markdown.ts";
import { paintFor } from "../output/style.ts";
import { type TreeNode, tree } from "../output/tree.ts";
import type { Detail, Explanation, Step } from "./explanation.ts";

export type Format = "tree" | "json" | "yaml" | "markdown";

/** An explanation as text, in pieces. */
export function print(explanation: Explanation, format: Format, screen: Screen): Iterable<string> {
  switch (format) {
    case "tree":
      return tree(treeOf(explanation), { width: screen.width, paint: paintFor(screen) });
    case "json":
      return [jsonText(documentOf("Explanation", explanation))];
    case "yaml":
      return [writeYaml(documentOf("Explanation", explanation))];
    case "markdown":
      return markdown(explanation);
  }
}

function titleOf({ subject: { kind, namespace, name } }: Explanation): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

function treeOf(explanation: Explanation): TreeNode {
  const { verdict, hints, steps } = explanation;
  const said = (text: string): TreeNode => ({ text });
  return {
    head: titleOf(explanation),
    children: [
      { head: "In short", children: verdict.map(said) },
      ...(hints.length > 0 ? [{ head: "To change this", children: hints.map(said) }] : []),
      ...steps.map(stepNode),
    ],
  };
}

function stepNode({ rule, question, answer, details }: Step): TreeNode {
  return { head: question, text: `${answer} (${rule})`, children: details.map(detailNode) };
}

function detailNode({ text, rule, details = [] }: Detail): TreeNode {
  return { text: `${text}${rule === undefined ? "" : ` (${rule})`}`, children: details.map(detailNode) };
}

function* markdown(explanation: Explanation): Generator<string> {
  const { verdict, hints, steps } = explanation;
  yield `### ${plain(titleOf(explanation))}\n\n`;
  for (const text of verdict) yield `- ${plain(text)}\n`;
  if (hints.length > 0) yield `\n**To change this**\n\n${hints.map((text) => `- ${plain(text)}\n`).join("")}`;
  yield "\n<details><summary>Step by step</summary>\n\n";
  for (const [index, { rule, question, answer, details }] of steps.entries()) {
    yield `${index + 1}. **${plain(question)}** ${plain(answer)} (${rule})\n`;
    yield* bullets(details, "    ");
  }
  yield "\n</details>\n";
}

function* bullets(details: readonly Detail[], margin: string): Generator<string> {
  for (const { text, rule, details: below = [] } of details) {
    yield `${margin}- ${plain(text)}${rule === undefined ? "" : ` (${rule})`}\n`;
    yield* bullets(below, `${margin}    `);
  }
}
