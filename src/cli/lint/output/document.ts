import { documentOf } from "../../output/document.ts";
import type { Finding, Severity } from "../finding.ts";
import { fingerprint } from "./parts.ts";

/** How many VMs of a finding are named. */
const SAMPLE = 20;

/** The document `Lint`. @param all also what comments silence; `shown` are those of them that it lists */
export function documentFor(all: readonly Finding[], shown: readonly Finding[]) {
  const number = (severity: Severity) =>
    all.filter(({ rule, ignored }) => rule.severity === severity && ignored === undefined).length;
  const ignored = all.filter((finding) => finding.ignored !== undefined).length;
  return documentOf("Lint", {
    summary: { errors: number("error"), warnings: number("warning"), notes: number("note"), ignored },
    findings: shown.map(item),
  });
}

function item(finding: Finding) {
  const { rule, place, about, message, vms, ignored } = finding;
  const { code, severity, title, why, advice } = rule;
  return {
    code,
    severity,
    title,
    place: placeOf(place),
    ...(about === undefined ? {} : { object: about }),
    message,
    ...(vms.length === 0 ? {} : { vms: { total: vms.length, sample: vms.slice(0, SAMPLE) } }),
    why,
    advice,
    fingerprint: fingerprint(finding),
    ...(ignored === undefined ? {} : { ignored: { reason: ignored.reason, place: placeOf(ignored.place) } }),
  };
}

function placeOf({ file, line, column, path }: Finding["place"]) {
  return {
    file,
    ...(line === undefined ? {} : { line, column: column ?? 1 }),
    ...(path.length === 0 ? {} : { path }),
  };
}
