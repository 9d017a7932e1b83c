import type { Feature, FeatureRow, VmStatus } from "../../api/kinds.ts";
import { type FeatureSet, listOf, setOf } from "../../resolve/explain/index.ts";
import type { Decision, VmEntry, World } from "../../resolve/index.ts";

/** A decided VM, and what of it is to be explained. */
export interface VmContext {
  readonly world: World;
  readonly managerVersion: string;
  readonly entry: VmEntry;
  readonly decision: Decision;
  /** What the controller would write; its times mean nothing. */
  readonly status: VmStatus;
  /** The wanted features that the explanation is about: all of them, or one. */
  readonly about: FeatureSet;
  /** Whether that is all of the VM, and what concerns no single feature is told, too. */
  readonly whole: boolean;
  /** Whether every policy is told, however many do not select the VM. */
  readonly all: boolean;
}

export function rowsAbout({ status, about }: VmContext): readonly FeatureRow[] {
  return (status.features ?? []).filter(({ name }) => (setOf([name]) & about) !== 0);
}

/** Of a set of features those that the explanation is about. */
export function namesAbout({ about }: VmContext, set: FeatureSet): Feature[] {
  return listOf(set & about);
}

export function conditionOf({ status }: VmContext, type: string) {
  return status.conditions?.find((condition) => condition.type === type);
}
