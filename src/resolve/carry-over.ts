import type { Finding } from "../api/conditions.ts";
import type { Condition } from "../api/kinds.ts";

/*
 * What is carried over from the status that is there: times, and every part that is the same again. The same object, not an
 * equal one: whoever compares the two statuses is then quickly done.
 */

/** The elements of the status that is there, each found by its name: at its place, where all before it were at theirs. */
export class Predecessors<T> {
  readonly #list: readonly T[];
  readonly #has: (one: T, name: string) => boolean;
  #aligned = true;

  constructor(list: readonly T[] | null | undefined, has: (one: T, name: string) => boolean) {
    this.#list = list ?? [];
    this.#has = has;
  }

  find(name: string, index: number): T | undefined {
    const there = this.#list[index];
    this.#aligned &&= there !== undefined && this.#has(there, name);
    return this.#aligned ? there : this.#list.find((one) => this.#has(one, name));
  }
}

/** Whether both lists have the same elements. */
export function isSameList<T>(
  a: readonly T[] | null | undefined,
  b: readonly T[] | null | undefined,
  isSame: (one: T, other: T) => boolean = Object.is,
): boolean {
  if (a == null || b == null) return a === b;
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) {
    if (!isSame(a[index] as T, b[index] as T)) return false;
  }
  return true;
}

/** How many fields it has. */
export function fieldsOf(object: object): number {
  let fields = 0;
  for (const _ in object) fields++;
  return fields;
}

export interface ConditionContext {
  /** `metadata.generation`; absent for a manifest that was never applied. */
  generation: number | undefined;
  /** The conditions of the status that is there. */
  previous: Condition[] | null | undefined;
  /** RFC 3339, seconds. */
  now: string;
}

/**
 * Findings as conditions, in the order given. A condition's time changes with its `status` only, so that writing the same
 * finding again writes nothing (SPEC section 4).
 */
export function conditionsOf(
  findings: readonly Finding[],
  { generation, previous, now }: ConditionContext,
): Condition[] {
  const predecessors = new Predecessors(previous, isOfType);
  const conditions = findings.map((finding, index) => {
    const { type, status, reason, message } = finding;
    const before = predecessors.find(type, index);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : now;
    const condition: Condition =
      generation === undefined
        ? { type, status, lastTransitionTime, reason, message }
        : { type, status, observedGeneration: generation, lastTransitionTime, reason, message };
    return before !== undefined && isSameCondition(before, condition) ? before : condition;
  });
  return previous != null && isSameList(previous, conditions) ? previous : conditions;
}

function isOfType({ type }: Condition, name: string): boolean {
  return type === name;
}

/** Of one type, and with the time of the one before. */
function isSameCondition(before: Condition, now: Condition): boolean {
  return (
    before.status === now.status &&
    before.observedGeneration === now.observedGeneration &&
    before.reason === now.reason &&
    before.message === now.message &&
    before.lastTransitionTime === now.lastTransitionTime &&
    fieldsOf(before) === fieldsOf(now)
  );
}
