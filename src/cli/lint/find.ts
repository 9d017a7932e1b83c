import type { Problem } from "../../api/manifest/index.ts";
import { pathText } from "../../api/manifest/json.ts";
import { keyOf } from "../../api/object.ts";
import type { TandemObject } from "../../api/validate/index.ts";
import { getOrSet } from "../../resolve/buckets.ts";
import type { Estate } from "../input/estate.ts";
import { RULES, SILENCEABLE, unknownCode } from "./catalogue.ts";
import type { About, Finding, Hit, Rule, RuleText } from "./finding.ts";
import { type Ignore, ignoresOf } from "./ignores.ts";
import { NO_REASON, SILENCES_NOTHING, UNKNOWN_CODE } from "./rules/comments.ts";
import { ruleOf } from "./rules/input.ts";
import { surveyOf } from "./survey.ts";

/** Everything that lint has to say of an estate, also what comments silence. In the order of places. Never throws. */
export function findingsOf(estate: Estate, managerVersion: string): Finding[] {
  const silencer = new Silencer(estate);
  const survey = surveyOf(estate, managerVersion);
  const findings = [
    ...estate.problems.map(problemFinding),
    ...RULES.flatMap((rule) => grouped(rule, rule.find(survey), { estate, silencer })),
    ...silencer.findings(),
  ];
  return told(sorted(findings));
}

function problemFinding(problem: Problem): Finding {
  const rule = ruleOf(problem);
  const where = pathText(problem.path);
  const withoutLines = problem.text.replaceAll(/:\d+:\d+/g, "");
  const message = where === "" ? problem.text : `${where}: ${problem.text}`;
  return { rule, place: problem, message, vms: [], identity: `${problem.file} ${where} ${withoutLines}` };
}

interface Grouping {
  readonly estate: Estate;
  readonly silencer: Silencer;
}

/** A finding an object; VMs of the same cause, silenced by the same comment or by none, are one finding. */
function grouped(rule: Rule, hits: Iterable<Hit>, { estate, silencer }: Grouping): Finding[] {
  const findings: Finding[] = [];
  const ofVms = new Map<Ignore | undefined, Map<string, Hit[]>>();
  for (const hit of hits) {
    const ignore = silencer.find(rule, hit);
    if (hit.about.kind !== "ProtectedVM") {
      findings.push(finding({ rule, hit, ignore, vms: hit.vms ?? [] }, estate));
    } else {
      const byCause = getOrSet(ofVms, ignore, () => new Map<string, Hit[]>());
      getOrSet(byCause, hit.message, () => []).push(hit);
    }
  }
  for (const [ignore, byCause] of ofVms) {
    for (const hits of byCause.values()) {
      const [hit] = hits;
      const vms = hits.map(({ about }) => keyOf(about.object));
      if (hit !== undefined) findings.push(finding({ rule, hit, ignore, vms }, estate));
    }
  }
  return findings;
}

interface Found {
  readonly rule: RuleText;
  readonly hit: Hit;
  readonly ignore: Ignore | undefined;
  readonly vms: readonly string[];
}

function finding({ rule, hit, ignore, vms }: Found, estate: Estate): Finding {
  const { about, path, part, message } = hit;
  return {
    rule,
    place: estate.manifestOf(about).problem(path, message, part),
    about: aboutOf(about),
    message,
    vms,
    identity: about.kind === "ProtectedVM" ? `${about.kind} ${message}` : `${about.kind} ${keyOf(about.object)}`,
    ...(ignore === undefined ? {} : { ignored: { reason: ignore.reason, place: placeOf(ignore) } }),
  };
}

function aboutOf({ kind, object }: TandemObject): About {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? { kind, name } : { kind, namespace, name };
}

function placeOf({ source, line, column }: Ignore): Problem {
  return { file: source.file, line, column, path: [], text: "" };
}

/** The comments of an estate, and which of their codes have silenced something. */
class Silencer {
  readonly #estate: Estate;
  readonly #ignores: readonly Ignore[];
  /** Those that can silence a code. */
  readonly #byCode = new Map<string, Ignore[]>();
  readonly #used = new Map<Ignore, Set<string>>();

  constructor(estate: Estate) {
    this.#estate = estate;
    this.#ignores = ignoresOf(estate);
    for (const ignore of this.#ignores) {
      if (ignore.reason === "") continue;
      for (const code of new Set(ignore.codes)) getOrSet(this.#byCode, code, () => []).push(ignore);
    }
  }

  /** The comment that silences a hit. */
  find({ code }: RuleText, { about, path, part }: Hit): Ignore | undefined {
    const candidates = this.#byCode.get(code);
    if (candidates === undefined) return undefined;
    const origin = this.#estate.manifestOf(about);
    const { source, start, end } = origin;
    let found = candidates.find(({ object }) => object === about);
    const inside = candidates.filter((one) => {
      return one.object === undefined && one.source === source && start <= one.offset && one.offset < end;
    });
    // The line is looked up only where a comment can be meant for it: that costs a look at the whole object.
    if (found === undefined && inside.length > 0) {
      const { line } = origin.problem(path, "", part);
      found = inside.find(({ target }) => target === line);
    }
    if (found !== undefined) getOrSet(this.#used, found, () => new Set<string>()).add(code);
    return found;
  }

  /** What is wrong with the comments themselves, once all hits have been asked about. */
  *findings(): Generator<Finding> {
    for (const ignore of this.#ignores) {
      const { codes, reason } = ignore;
      const known = codes.filter((code) => SILENCEABLE.has(code));
      for (const code of codes) {
        if (!SILENCEABLE.has(code)) yield comment(UNKNOWN_CODE, ignore, unsilenceable(code));
      }
      if (reason === "") {
        const message =
          codes.length === 0 ? "no code and no reason are given" : `no reason is given for ${codes.join(", ")}`;
        yield comment(NO_REASON, ignore, message);
        continue;
      }
      const used = this.#used.get(ignore);
      const idle = known.filter((code) => used?.has(code) !== true);
      if (idle.length > 0) yield comment(SILENCES_NOTHING, ignore, `${idle.join(", ")} is not found there`);
    }
  }
}

function unsilenceable(code: string): string {
  return `${code} is no code that can be silenced; ${unknownCode(code)}`;
}

function comment(rule: RuleText, ignore: Ignore, message: string): Finding {
  const place = placeOf(ignore);
  return { rule, place, message, vms: [], identity: `${place.file} ${message}` };
}

function sorted(findings: readonly Finding[]): Finding[] {
  return findings.toSorted(
    (a, b) =>
      order(a.place.file, b.place.file) ||
      (a.place.line ?? 0) - (b.place.line ?? 0) ||
      (a.place.column ?? 0) - (b.place.column ?? 0) ||
      order(a.rule.code, b.rule.code) ||
      order(a.message, b.message),
  );
}

/** Of findings that say the same of one file the second is another one than the first. */
function told(findings: readonly Finding[]): Finding[] {
  const times = new Map<string, number>();
  return findings.map((finding) => {
    const said = `${finding.rule.code} ${finding.identity}`;
    const before = times.get(said) ?? 0;
    times.set(said, before + 1);
    return before === 0 ? finding : { ...finding, identity: `${finding.identity} ${before}` };
  });
}

function order(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
