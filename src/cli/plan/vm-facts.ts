import type { Condition, Feature, Forecast, Mode, ProtectedVM, VmStatus } from "../../api/kinds.ts";
import type { Decided } from "../../resolve/index.ts";
import { FEATURES, vmStatus } from "../../resolve/index.ts";
import type { Edited } from "./edits.ts";
import { type FeatureChangeKind, kindOf, type Row } from "./kinds.ts";

/** One feature of one VM that is not protected, or not decided, as before. */
export interface FeatureChange {
  readonly feature: Feature;
  readonly change: FeatureChangeKind;
  /** Absent where the feature is not wanted on that side. */
  readonly from?: Row;
  readonly to?: Row;
}

/** A value on both sides; absent where that side has none. */
export interface Change<T> {
  readonly from?: T;
  readonly to?: T;
}

type Verdict = Pick<Condition, "status" | "reason" | "message">;

/** All that differs between the statuses of one VM, times and what others report apart. */
export interface VmFacts {
  readonly change: Edited;
  readonly features: readonly FeatureChange[];
  readonly mode?: Change<Mode>;
  /** The appliance in charge. */
  readonly appliance?: Change<string>;
  readonly revision?: Change<string>;
  /** Whether a policy must be delivered that is not that of before. */
  readonly delivery: boolean;
  /** Modules that are to be installed and were not, and those that were. */
  readonly installs: readonly Feature[];
  readonly installsEnded: readonly Feature[];
  readonly forecast?: Change<Forecast>;
  /** Of what is protected on both sides: what a deactivation of the appliance would newly take away, and no longer would. */
  readonly exposed: readonly Feature[];
  readonly exposedEnded: readonly Feature[];
  /** Features without a licence that were not, and those that were. */
  readonly unlicensed: readonly Feature[];
  readonly unlicensedEnded: readonly Feature[];
  readonly conditions: readonly ({ readonly type: string } & Change<Verdict>)[];
}

/** All that a status of the resolver takes from an object is its generation and its status: here none. */
const NOTHING: ProtectedVM = { metadata: { name: "" }, spec: { guestOS: "Other", features: [] } };

/** What differs; undefined if nothing does. Found from the statuses that the controller would write. */
export function vmFacts(before: Decided | undefined, after: Decided | undefined): VmFacts | undefined {
  const [from, to] = [before, after].map((side) => (side === undefined ? {} : vmStatus(NOTHING, side, "")));
  if (from === undefined || to === undefined) return undefined;
  const required = difference(from.requiredModules, to.requiredModules);
  const exposed = difference(alone(from, to), alone(to, from));
  const unlicensed = difference(featuresOf(before?.decision.unlicensed), featuresOf(after?.decision.unlicensed));
  const revision = changeOf(from.revision, to.revision);
  const facts = {
    change: before === undefined ? "Added" : after === undefined ? "Removed" : "Changed",
    features: featureChanges(from, to),
    ...field("mode", changeOf(from.mode, to.mode)),
    ...field("appliance", changeOf(from.appliance, to.appliance)),
    ...field("revision", revision),
    delivery: revision !== undefined && (to.features ?? []).some(({ source }) => source !== "None"),
    installs: required.more,
    installsEnded: required.less,
    ...field("forecast", changeOf(from.forecast, to.forecast, isSameJson)),
    exposed: exposed.more,
    exposedEnded: exposed.less,
    unlicensed: unlicensed.more,
    unlicensedEnded: unlicensed.less,
    conditions: conditionChanges(from, to),
  } as const satisfies VmFacts;
  return before !== undefined && after !== undefined && isEmpty(facts) ? undefined : facts;
}

/** What a deactivation of the appliance would take away, of what has a source in another status too. */
function alone({ forecast }: VmStatus, { features = [] }: VmStatus): Feature[] {
  const losses = forecast?.applianceDeactivated?.losses ?? [];
  return losses.filter((lost) => features.some(({ name, source }) => name === lost && source !== "None"));
}

/** Whether the statuses are the same: of what the other fields tell, some part is in one of these. */
function isEmpty({ features, mode, appliance, revision, forecast, conditions }: VmFacts): boolean {
  const parts = [mode, appliance, revision, forecast];
  return features.length === 0 && conditions.length === 0 && parts.every((part) => part === undefined);
}

function featureChanges(from: VmStatus, to: VmStatus): FeatureChange[] {
  const otherAppliance = from.appliance !== to.appliance;
  const [before, after] = [from, to].map(({ features = [] }) => new Map(features.map((row) => [row.name, row])));
  return FEATURES.flatMap((feature) => {
    const [one, other] = [before?.get(feature), after?.get(feature)];
    const change = kindOf(one, other, otherAppliance);
    if (change === undefined) return [];
    return [{ feature, change, ...field("from", one && rowOf(one)), ...field("to", other && rowOf(other)) }];
  });
}

function rowOf({ affinity, decidedBy, source, state, reason, message }: Row): Row {
  return { affinity, decidedBy, source, state, reason, message };
}

/** `Protected` and the like as far as they are not the same. */
function conditionChanges(from: VmStatus, to: VmStatus): VmFacts["conditions"] {
  const [before, after] = [from, to].map(({ conditions = [] }) => new Map(conditions.map((one) => [one.type, one])));
  const types = new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])]);
  return [...types].flatMap((type) => {
    const change = changeOf(verdictOf(before?.get(type)), verdictOf(after?.get(type)), isSameJson);
    return change === undefined ? [] : [{ type, ...change }];
  });
}

function verdictOf(condition: Condition | undefined): Verdict | undefined {
  if (condition === undefined) return undefined;
  const { status, reason, message } = condition;
  return { status, reason, message };
}

/** Of values that were put together the same way. */
function isSameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function changeOf<T>(
  from: T | undefined,
  to: T | undefined,
  isSame: (a: T | undefined, b: T | undefined) => boolean = Object.is,
): Change<T> | undefined {
  return isSame(from, to) ? undefined : { ...field("from", from), ...field("to", to) };
}

/** The field, unless there is nothing in it. */
function field<Name extends string, T>(name: Name, value: T | undefined): { readonly [K in Name]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { [K in Name]?: T };
}

function difference(
  from: readonly Feature[] | undefined = [],
  to: readonly Feature[] | undefined = [],
): { more: Feature[]; less: Feature[] } {
  return { more: to.filter((one) => !from.includes(one)), less: from.filter((one) => !to.includes(one)) };
}

/** The list of a set of the resolver's. */
function featuresOf(set = 0): Feature[] {
  return FEATURES.filter((_, index) => (set >> index) & 1);
}
