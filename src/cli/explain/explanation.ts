import type { KindName } from "../../api/crd.ts";

/** The rules of the decision, as every step names the one behind it. */
type Rule = "R1" | "R2" | "R3" | "R4" | "R5" | "R6" | "R7" | "R8" | "R9" | "R10" | "R11" | "R12" | "R13";

/** A sentence, and what stands behind it. */
export interface Detail {
  readonly text: string;
  /** Where it is another one than that of the step. */
  readonly rule?: Rule;
  readonly details?: readonly Detail[];
}

/** One question on the way to the decision, and its answer: in words, and as `facts` for programs. */
export interface Step {
  /** Stable: what a program looks for. */
  readonly step: string;
  readonly rule: Rule;
  readonly question: string;
  readonly answer: string;
  readonly details: readonly Detail[];
  readonly facts: object;
}

interface Subject {
  readonly kind: KindName;
  readonly namespace?: string;
  readonly name: string;
}

/** Why something is as it is. Data: no time and no place is in it, so that equal worlds give equal explanations. */
export interface Explanation {
  readonly subject: Subject;
  readonly managerVersion: string;
  /** The outcome in a few sentences, for those who read no further. */
  readonly verdict: readonly string[];
  /** What would change it. */
  readonly hints: readonly string[];
  readonly steps: readonly Step[];
}

/** For statuses that only their other fields are read of: no time is part of an explanation. */
export const NO_TIME = "1970-01-01T00:00:00Z";
