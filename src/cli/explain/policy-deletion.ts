import type { Feature } from "../../api/kinds.ts";
import { decisionsWithout, differenceOf, type FeatureSet, listOf, sizeOf } from "../../resolve/explain/index.ts";
import type { Step } from "./explanation.ts";
import type { PolicyContext } from "./policy.ts";
import { sample } from "./samples.ts";
import { capital, counted, listed } from "./words.ts";

const CHANGES = ["moves", "gains", "losses", "installs"] as const;
type Change = (typeof CHANGES)[number];

/** What would be without the policy: the VMs that it selects, resolved again in a world that lacks it (SPEC R5, R6). */
export function deletionStep({ world, entry, selected }: PolicyContext): Step {
  const after = decisionsWithout(world, entry);
  const sums = { moves: 0, gains: 0, losses: 0, installs: 0 };
  const features: Record<Change, FeatureSet[]> = { moves: [], gains: [], losses: [], installs: [] };
  const changed: string[] = [];
  let affinities = 0;
  for (const { entry: vm, decision } of selected) {
    const then = after.get(vm.key);
    if (then === undefined) continue;
    const difference = differenceOf(vm, decision, then);
    if (difference.affinity) affinities++;
    for (const change of CHANGES) {
      sums[change] += sizeOf(difference[change]);
      if (difference[change] !== 0) features[change].push(difference[change]);
    }
    if ((difference.moves | difference.gains | difference.losses | difference.installs) !== 0) changed.push(vm.key);
  }
  const by = (change: Change) => countsOf(features[change]);
  const parts = [
    ...(sums.moves > 0 ? [`${counted(sums.moves, "feature")} would move to the other source`] : []),
    ...(sums.installs > 0 ? [`${counted(sums.installs, "module")} would have to be installed`] : []),
    ...(sums.losses > 0 ? [`${counted(sums.losses, "feature")} would be lost`] : []),
    ...(sums.gains > 0 ? [`${counted(sums.gains, "feature")} that nobody protects would be protected`] : []),
  ];
  const named = { moves: "moves", gains: "protected then", losses: "lost", installs: "to be installed" } as const;
  return {
    step: "Deletion",
    rule: "R6",
    question: "What if it were deleted?",
    answer: parts.length > 0 ? capital(listed(parts)) : "Nobody's protection would change",
    details: [
      { text: `${affinities === 0 ? "no VM" : counted(affinities, "VM")} would have another affinity`, rule: "R5" },
      ...CHANGES.flatMap((change) =>
        sums[change] === 0
          ? []
          : [
              {
                text: `${named[change]}: ${by(change)
                  .map(({ name, vms }) => `${name} ${vms}`)
                  .join(", ")}`,
                ...(change === "installs" && { rule: "R8" as const }),
              },
            ],
      ),
      ...(changed.length > 0 ? [{ text: `${counted(changed.length, "VM")} concerned: ${sample(changed)}` }] : []),
    ],
    facts: {
      affinities,
      vms: changed.length,
      ...sums,
      features: Object.fromEntries(CHANGES.map((change) => [change, by(change)])),
    },
  };
}

/** How many of some sets have each feature, in feature order. */
function countsOf(sets: readonly FeatureSet[]): { name: Feature; vms: number }[] {
  const counts = new Map<Feature, number>();
  for (const name of sets.flatMap(listOf)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const all = listOf(sets.reduce((union, set) => union | set, 0));
  return all.map((name) => ({ name, vms: counts.get(name) ?? 0 }));
}
