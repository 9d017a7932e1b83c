import type { Finding, Severity } from "../finding.ts";
import { pathOf, raised, sentence } from "./parts.ts";

const COMMANDS: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", note: "notice" };

/** Workflow commands: GitHub Actions makes annotations of them. */
export function* github(findings: readonly Finding[], revision?: string): Generator<string> {
  for (const finding of findings) {
    const { rule, place } = finding;
    const { line, column = 1 } = place;
    const where =
      line === undefined ? "" : `file=${property(pathOf(place.file, revision))},line=${line},col=${column},`;
    const title = property(`${rule.code} ${rule.title}`);
    yield `::${COMMANDS[raised(finding)]} ${where}title=${title}::${data(`${sentence(finding)}\n${rule.advice}`)}\n`;
  }
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
