import type { Path, Problem } from "../../api/manifest/index.ts";
import type { TandemObject } from "../../api/validate/index.ts";
import { plural } from "../output/words.ts";
import type { Survey } from "./survey.ts";

/** From the worst on. `error`: it cannot work; `warning`: it works, and hardly as meant; `note`: worth a look. */
export const SEVERITIES = ["error", "warning", "note"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** `2 errors, 1 note`; `no findings`. What comments silence does not count. */
export function tallyText(findings: readonly Finding[]): string {
  const parts = SEVERITIES.flatMap((severity) => {
    const of = findings.filter(({ rule, ignored }) => rule.severity === severity && ignored === undefined);
    return of.length === 0 ? [] : [plural(of.length, severity)];
  });
  return parts.length === 0 ? "no findings" : parts.join(", ");
}

/** What the catalogue says of a code. Codes never change their meaning. */
export interface RuleText {
  readonly code: string;
  readonly severity: Severity;
  /** What is so, of any object. */
  readonly title: string;
  readonly why: string;
  /** What to do. */
  readonly advice: string;
  /** Manifests that have this finding and no other, and how they can be put right. */
  readonly bad: string;
  readonly good: string;
  /** What else stands on the command line of the example. */
  readonly args?: readonly string[];
}

/** What is legal and suspicious, and who finds it. The answers come from the resolver; a rule only says what is worth saying. */
export interface Rule extends RuleText {
  find(survey: Survey): Iterable<Hit>;
}

/** One place of one object that a rule is about. */
export interface Hit {
  readonly about: TandemObject;
  /** The field that is to blame. */
  readonly path: Path;
  readonly part?: "key" | "value";
  /** What is so. Of VMs with the same message, one finding is made: it is the cause, and names none of them. */
  readonly message: string;
  /** Of a policy, the keys of the VMs that the message is about, in order. */
  readonly vms?: readonly string[];
}

export interface About {
  readonly kind: TandemObject["kind"];
  readonly namespace?: string;
  readonly name: string;
}

export interface Finding {
  readonly rule: RuleText;
  /** Of the first of the VMs, where there are several. */
  readonly place: Problem;
  /** Absent where no object is to blame: a comment, a document that cannot be read. */
  readonly about?: About;
  readonly message: string;
  /** Keys of the VMs that have it in common, or that a policy's finding is about, in order; empty where it is not about VMs. */
  readonly vms: readonly string[];
  /** The same for the same finding, wherever it stands and whatever is around it. */
  readonly identity: string;
  /** The comment that silences it. */
  readonly ignored?: { readonly reason: string; readonly place: Problem };
}
