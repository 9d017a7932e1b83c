import { writeYaml } from "../../../api/manifest/index.ts";
import type { Screen } from "../../io.ts";
import { jsonText } from "../../output/document.ts";
import type { Finding } from "../finding.ts";
import { documentFor } from "./document.ts";
import { github } from "./github.ts";
import { gitlab } from "./gitlab.ts";
import { markdown } from "./markdown.ts";
import { sarif } from "./sarif.ts";
import { text } from "./text.ts";

export type Format = "table" | "wide" | "json" | "yaml" | "sarif" | "github" | "gitlab" | "markdown";

export interface PrintOptions {
  readonly format: Format;
  /** Also what comments silence; SARIF has a place for it and always shows it. */
  readonly showIgnored: boolean;
  readonly screen: Screen;
  /** The Git revision that was read: it stands before the names of files, and tools know them without. */
  readonly revision?: string | undefined;
}

/** @param findings of the severities that are asked for, also those that comments silence */
export function printed(
  findings: readonly Finding[],
  { format, showIgnored, screen, revision }: PrintOptions,
): Iterable<string> {
  const shown = showIgnored ? findings : findings.filter(({ ignored }) => ignored === undefined);
  switch (format) {
    case "table":
    case "wide":
      return text(shown, { wide: format === "wide", screen });
    case "json":
      return [jsonText(documentFor(findings, shown))];
    case "yaml":
      return [writeYaml(documentFor(findings, shown))];
    case "sarif":
      return [`${JSON.stringify(sarif(findings, revision), null, 2)}\n`];
    case "github":
      return github(shown, revision);
    case "gitlab":
      return [`${JSON.stringify(gitlab(shown, revision), null, 2)}\n`];
    case "markdown":
      return [markdown(shown)];
  }
}
