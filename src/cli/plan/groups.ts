import type { Feature } from "../../api/kinds.ts";
import { FEATURES } from "../../resolve/index.ts";
import type { Cause } from "./cause.ts";
import { FEATURE_CHANGES, type FeatureChangeKind, type Row } from "./kinds.ts";
import { VmSample } from "./sample.ts";
import type { FeatureChange, VmFacts } from "./vm-facts.ts";
import { whyOf } from "./words.ts";

/** Where a feature is protected, and whether it is so already. */
type Standing = Pick<Row, "source" | "state">;

/** Changes of one feature that are alike, with the same causes. One VM is in one group of a feature at most. */
export interface Group {
  readonly change: FeatureChangeKind;
  readonly feature: Feature;
  readonly from?: Standing;
  readonly to?: Standing;
  /** Why it then is with its source or with none; absent where it is no longer wanted. */
  readonly reason?: Row["reason"];
  readonly causes: readonly Cause[];
  readonly vms: VmSample;
  /** How the reason is put in words; the first few. */
  readonly messages: string[];
  /** Whether there are more ways to put it. */
  moreMessages: boolean;
}

const MESSAGES = 3;

/** Puts changes in groups, to be added in the order of the VMs' names. */
export class Groups {
  readonly #groups = new Map<string, Group>();

  add(vm: string, { facts, one }: { facts: VmFacts; one: FeatureChange }, causes: readonly Cause[]): void {
    const { feature, change, from, to } = one;
    const numbers = causes.map((cause) => cause.number).join();
    const key = `${change} ${feature} ${from?.source} ${from?.state} ${to?.source} ${to?.state} ${to?.reason} ${numbers}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = {
        change,
        feature,
        ...(from && { from: { source: from.source, state: from.state } }),
        ...(to && { to: { source: to.source, state: to.state }, reason: to.reason }),
        causes,
        vms: new VmSample(),
        messages: [],
        moreMessages: false,
      };
      this.#groups.set(key, group);
    }
    group.vms.add(vm);
    addMessage(group, whyOf(one, facts));
  }

  /** The gravest first; of one kind those of one cause together, in the order of the features. */
  all(): Group[] {
    return [...this.#groups.values()].sort(
      (a, b) =>
        FEATURE_CHANGES.indexOf(a.change) - FEATURE_CHANGES.indexOf(b.change) ||
        byNumbers(a.causes, b.causes) ||
        FEATURES.indexOf(a.feature) - FEATURES.indexOf(b.feature) ||
        (standingText(a) < standingText(b) ? -1 : 1),
    );
  }
}

function addMessage(group: Group, message: string): void {
  if (message === "" || group.messages.includes(message)) return;
  if (group.messages.length < MESSAGES) group.messages.push(message);
  else group.moreMessages = true;
}

function byNumbers(a: readonly Cause[], b: readonly Cause[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index]?.number ?? 0) - (b[index]?.number ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function standingText({ from, to, reason }: Group): string {
  return `${from?.source} ${from?.state} ${to?.source} ${to?.state} ${reason}`;
}
