import type { Finding, Severity } from "../finding.ts";
import { fingerprint, pathOf, raised, sentence } from "./parts.ts";

const SEVERITIES: Readonly<Record<Severity, string>> = { error: "critical", warning: "major", note: "info" };

/** A Code Quality report of GitLab, which wants a file and a line of everything. */
export function gitlab(findings: readonly Finding[], revision?: string) {
  return findings.map((finding) => ({
    description: sentence(finding),
    check_name: finding.rule.code,
    fingerprint: fingerprint(finding),
    severity: SEVERITIES[raised(finding)],
    location: { path: pathOf(finding.place.file, revision), lines: { begin: finding.place.line ?? 1 } },
  }));
}
