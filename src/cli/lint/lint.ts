import { CHANGES, FAILED, OK, UsageError } from "../exit.ts";
import type { Estate } from "../input/estate.ts";
import { type InputOptions, readInput } from "../input/input.ts";
import { listing } from "../input/problems.ts";
import { type Io, writeAll } from "../io.ts";
import { number, plural } from "../output/words.ts";
import { managerVersion } from "../settings.ts";
import { ruleByCode, unknownCode } from "./catalogue.ts";
import { findingsOf } from "./find.ts";
import { type Finding, SEVERITIES, type Severity, tallyText } from "./finding.ts";
import { type Format, printed } from "./output/print.ts";
import { cataloguePage, listText, rulePage } from "./page.ts";

export interface LintOptions extends InputOptions {
  readonly output: Format;
  readonly minSeverity: Severity;
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  readonly showIgnored?: boolean;
  readonly managerVersion: string;
  readonly list?: boolean;
  readonly explain?: string;
}

/**
 * `tandem lint`: prints what is legal and suspicious in an estate, and what the API server would refuse of it.
 * @returns the exit code: 0 where nothing of the asked severity is found, 1 for findings, 2 where nothing could be read
 * @throws {UsageError}
 */
export async function lint(options: LintOptions, io: Io): Promise<number> {
  const { output, minSeverity, showIgnored = false } = options;
  if (options.explain !== undefined) return await explain(options.explain, io);
  if (options.list) {
    await io.out(listed(output));
    return OK;
  }
  const only = codesOf("--only", options.only);
  const skip = codesOf("--skip", options.skip) ?? new Set();
  const version = managerVersion(options.managerVersion);
  const estate = await readInput(options, io);
  const unread = estate.problems.filter(({ line }) => line === undefined);
  if (unread.length > 0) {
    await io.err(listing(unread));
    return FAILED;
  }
  if (estate.objects.length === 0 && estate.problems.length === 0) {
    await io.err("no ProtectedVM, AffinityPolicy or Appliance of tandem.dev/v1alpha1 in the input\n");
    return FAILED;
  }
  const asked = findingsOf(estate, version).filter(
    ({ rule: { code } }) => (only?.has(code) ?? true) && !skip.has(code),
  );
  const isShown = (finding: Finding) => SEVERITIES.indexOf(finding.rule.severity) <= SEVERITIES.indexOf(minSeverity);
  const shown = asked.filter(isShown);
  const found = shown.filter(({ ignored }) => ignored === undefined);
  await writeAll(io, printed(shown, { format: output, showIgnored, screen: io.screen, revision: options.fromGit }));
  await io.err(summary({ found, shown, hidden: asked.length - shown.length }) + caveats(estate));
  return found.length === 0 ? OK : CHANGES;
}

/** @throws {UsageError} */
function codesOf(option: string, given: readonly string[] | undefined): Set<string> | undefined {
  if (given === undefined) return undefined;
  const codes = given.flatMap((list) => list.split(",")).map((code) => code.trim());
  const unknown = codes.filter((code) => ruleByCode(code) === undefined);
  if (unknown.length > 0) {
    throw new UsageError(
      unknown.map((code) => `${option}: no code ${JSON.stringify(code)}; ${unknownCode(code)}`).join("\n"),
    );
  }
  return new Set(codes);
}

async function explain(code: string, io: Io): Promise<number> {
  const rule = ruleByCode(code);
  if (rule === undefined) throw new UsageError(`--explain: no code ${JSON.stringify(code)}; ${unknownCode(code)}`);
  await io.out(rulePage(rule));
  return OK;
}

/** @throws {UsageError} */
function listed(output: Format): string {
  if (output === "table" || output === "wide") return listText();
  if (output === "markdown") return cataloguePage();
  throw new UsageError("--list: -o table or markdown is needed");
}

interface Counts {
  readonly found: readonly Finding[];
  readonly shown: readonly Finding[];
  readonly hidden: number;
}

/** One line for people, on stderr. */
function summary({ found, shown, hidden }: Counts): string {
  const ignored = shown.length - found.length;
  const rest = [
    ...(ignored === 0 ? [] : [`${number(ignored)} silenced by comments (--show-ignored)`]),
    ...(hidden === 0 ? [] : [`${plural(hidden, "finding")} of a lower severity not shown (--min-severity)`]),
  ];
  return `${[tallyText(found), ...rest].join("; ")}\n`;
}

/** What could not be judged, or only for the part of the estate that is there. */
function caveats({ objects, problems }: Estate): string {
  const has = (kind: string) => objects.some((one) => one.kind === kind);
  const lines: string[] = [];
  if (problems.length > 0)
    lines.push("objects with errors are left out: what is said of the others can be different with them");
  if (!has("ProtectedVM")) lines.push("no ProtectedVM in the input: what policies select and decide is not judged");
  else if (!has("Appliance")) lines.push("no Appliance in the input: every VM is taken to have none");
  return lines.map((line) => `note: ${line}\n`).join("");
}
