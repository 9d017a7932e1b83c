import type { ApplianceStatus, Condition, FeatureRow, PolicyStatus, VmStatus } from "../api/kinds.ts";

/** Something about an object that has just changed, in one line on which a person can act. */
export interface Transition {
  readonly type: "Normal" | "Warning";
  /** Stable; see the table in the README. */
  readonly reason: string;
  /** What Tandem did. */
  readonly action: "Decide" | "Validate";
  readonly note: string;
  /** The other policy of a conflict. */
  readonly relatedPolicy?: string;
}

type Before<S> = S | null | undefined;

/** What became different for a VM with its new status; nothing if its status is the same. */
export function vmTransitions(before: Before<VmStatus>, after: VmStatus): Transition[] {
  return [...sourceTransitions(before, after), ...installs(before, after), ...vmConditions(before, after)];
}

/** SPEC R5: the Event of a conflict is on the policies, one for each other policy and group. */
export function policyTransitions(before: Before<PolicyStatus>, after: PolicyStatus): Transition[] {
  const known = new Set(before?.conflicts?.sample.map(({ policy, group }) => `${policy} ${group}`));
  const news = (after.conflicts?.sample ?? []).filter(({ policy, group }) => !known.has(`${policy} ${group}`));
  const conflicts = news.map(({ policy, group, vms }) =>
    warning("PolicyConflict", {
      note: `Policy ${policy} of the same priority sets ${group} of ${vms} VM(s) differently, and the name decides: give one of the two another priority`,
      relatedPolicy: policy,
    }),
  );
  return [...refusals(before, after), ...conflicts];
}

export function applianceTransitions(before: Before<ApplianceStatus>, after: ApplianceStatus): Transition[] {
  return refusals(before, after);
}

function sourceTransitions(before: Before<VmStatus>, after: VmStatus): Transition[] {
  const old = new Map(before?.features?.map(({ name, source }) => [name, source]));
  // What has the same fate for the same reason is one line.
  const fates = new Map<string, { readonly names: string[]; readonly say: (names: string) => Transition }>();
  for (const row of after.features ?? []) {
    const { name, source } = row;
    const was = old.get(name);
    const message = whyOf(row);
    const say = was === source ? undefined : fateOf({ was, source, message });
    if (say === undefined) continue;
    const fate = `${was} ${source} ${message}`;
    const one = fates.get(fate);
    if (one === undefined) fates.set(fate, { names: [name], say });
    else one.names.push(name);
  }
  return [...fates.values()].map(({ names, say }) => say(names.join(", ")));
}

/** The row's message; where an affinity is what forbids the other source, also which and whose: that can be changed. */
function whyOf({ reason, message, affinity, decidedBy }: FeatureRow): string {
  return reason === "NoFallback" ? `${message}; ${affinity} (${decidedBy}) allows no other source` : message;
}

interface Move {
  readonly was: string | undefined;
  readonly source: string;
  readonly message: string;
}

function fateOf({ was, source, message }: Move): ((names: string) => Transition) | undefined {
  if (source === "None") {
    return was === undefined
      ? (names) => warning("NotProtected", { note: `Nobody protects ${names}: ${message}` })
      : (names) => warning("ProtectionLost", { note: `Nobody protects ${names} any more: ${message}` });
  }
  if (was === undefined) return undefined;
  if (was === "None") return (names) => normal("ProtectionRestored", `${source} protects ${names} now`);
  const why = message === "" ? `${source} is preferred, and available now` : message;
  return (names) => normal("ProtectionMoved", `${names} moved from ${was} to ${source}: ${why}`);
}

function installs(before: Before<VmStatus>, after: VmStatus): Transition[] {
  const known = new Set(before?.requiredModules);
  const news = (after.requiredModules ?? []).filter((module) => !known.has(module));
  if (news.length === 0) return [];
  const note = `Install on the agent: ${news.join(", ")} (it is to protect with them, and lacks them)`;
  return [warning("InstallNeeded", { note })];
}

/** Conditions of a VM that are there only while something is not as somebody wanted it. */
const REFUSED = ["ApplianceOptOutRefused", "AgentUnsupported", "AffinityIgnored"];

function vmConditions(before: Before<VmStatus>, after: VmStatus): Transition[] {
  const isTrue = ({ status }: Condition) => status === "True";
  const known = new Set(before?.conditions?.filter(isTrue).map(({ type }) => type));
  const now = (after.conditions ?? []).filter(isTrue);
  const news = now.filter(({ type }) => REFUSED.includes(type) && !known.has(type));
  return news.map(({ type, message }) => warning(type, { note: message, action: "Validate" }));
}

type Owned = { readonly conditions?: readonly Condition[] | null };

/** An object that is not accepted, or for another reason than before. */
function refusals(before: Before<Owned>, after: Owned): Transition[] {
  const accepted = ({ conditions }: Owned) => conditions?.find(({ type }) => type === "Accepted");
  const now = accepted(after);
  const was = before == null ? undefined : accepted(before);
  if (now?.status !== "False" || (was?.status === "False" && was.reason === now.reason)) return [];
  return [warning(now.reason, { note: now.message, action: "Validate" })];
}

function warning(
  reason: string,
  { note, action = "Decide", relatedPolicy }: { note: string; action?: Transition["action"]; relatedPolicy?: string },
): Transition {
  return { type: "Warning", reason, action, note, ...(relatedPolicy !== undefined && { relatedPolicy }) };
}

function normal(reason: string, note: string): Transition {
  return { type: "Normal", reason, action: "Decide", note };
}
