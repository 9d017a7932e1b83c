/** The time that a resolver is given for what has changed: in a status it stands for any time. */
export const NOW = "2000-01-01T00:00:00Z";

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
/** Sums over VMs, and the conditions that follow from them. */
const COUNTS: Readonly<Record<string, readonly string[]>> = {
  AffinityPolicy: ["vms", "conflicts"],
  Appliance: ["vms", "features", "protects", "impact"],
};

interface Status {
  readonly conditions?: readonly { readonly type: string }[];
}

/**
 * Whether a status is what the reference says. What changed may have any time, what did not keeps its own; messages of
 * conditions are free text. With a kind, its counts are left out.
 */
export function isSameStatus(expected: unknown, actual: unknown, countsOf?: string): boolean {
  const left = countsOf === undefined ? expected : withoutCounts(expected, countsOf);
  const right = countsOf === undefined ? actual : withoutCounts(actual, countsOf);
  return isSame(left, right, false);
}

function withoutCounts(status: unknown, kind: string): unknown {
  const counts = COUNTS[kind];
  if (counts === undefined || typeof status !== "object" || status === null) return status;
  const { conditions, ...rest } = status as Status;
  const kept = Object.entries(rest).filter(([key]) => !counts.includes(key));
  return { ...Object.fromEntries(kept), conditions: conditions?.filter(({ type }) => type !== "Conflicted") };
}

function isSame(expected: unknown, actual: unknown, isCondition: boolean): boolean {
  if (expected === actual) return true;
  if (expected === NOW) return typeof actual === "string" && TIME.test(actual);
  if (typeof expected !== "object" || typeof actual !== "object" || expected === null || actual === null) return false;
  if (Array.isArray(expected) !== Array.isArray(actual)) return false;
  const left = entriesOf(expected);
  const right = entriesOf(actual);
  if (left.size !== right.size) return false;
  for (const [key, value] of left) {
    if (!right.has(key)) return false;
    if (isCondition && key === "message") continue;
    // The items of `conditions` are conditions; `isCondition` reaches them through the list.
    const inConditions = key === "conditions" || (isCondition && Array.isArray(expected));
    if (!isSame(value, right.get(key), inConditions)) return false;
  }
  return true;
}

function entriesOf(value: object): Map<string, unknown> {
  return new Map(Object.entries(value).filter(([, field]) => field !== undefined));
}
