import { printable } from "../../api/manifest/index.ts";

/** A text that Markdown (that of GitHub and GitLab) shows as it is: nothing in it is markup, a link, a mention or HTML. */
export function plain(text: string): string {
  return printable(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/[\\`*_[\]#!|~@$]|:(?=\S)/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A text as code, which nothing in it can end; of a table too. */
export function code(text: string): string {
  return `<code>${plain(text)}</code>`;
}

/** A table; cells are Markdown already. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("");
}

/** What is shown only when somebody opens it. */
export function details(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n</details>\n`;
}
