import { isDnsLabel, isTime } from "../api/validate/index.ts";
import { compareVersions, FIRST_SUPPORTED, isVersion } from "../resolve/index.ts";
import { UsageError } from "./exit.ts";

/** SPEC R5: what is wrong with a version of the manager, which is dotted numbers, at least 9.6. */
export function versionProblem(text: string): string | undefined {
  if (!isVersion(text)) return "dotted numbers are needed, for example 20.0";
  if (compareVersions(text, FIRST_SUPPORTED) >= 0) return undefined;
  return `${text} is below ${FIRST_SUPPORTED}, the first version with combined mode`;
}

/** @throws {UsageError} as `versionProblem` says */
export function managerVersion(text: string): string {
  const problem = versionProblem(text);
  if (problem !== undefined) throw new UsageError(`--manager-version: ${problem}`);
  return text;
}

/** A moment as statuses write it: RFC 3339 in UTC, whole seconds. @throws {UsageError} */
export function moment(text: string | undefined, now: () => number): string {
  if (text !== undefined && !isTime(text)) {
    throw new UsageError("--now: an RFC 3339 time is needed, for example 2026-01-31T12:00:00Z");
  }
  const date = text === undefined ? new Date(now()) : new Date(text);
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}

/** @throws {UsageError} */
export function namespaceName(text: string): string {
  if (isDnsLabel(text)) return text;
  throw new UsageError("--namespace: at most 63 lower-case letters, digits and '-' are needed");
}
