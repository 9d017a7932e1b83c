import { setTimeout as sleep } from "node:timers/promises";
import type { KubeObject } from "../../src/api/object.ts";
import { type Bed, other, type Side } from "./bed.ts";
import type { Recorded } from "./mass.ts";

/** Milliseconds, one value a sample. */
export interface EditLatency {
  /** From sending the edit until its status arrived. */
  readonly whole: number[];
  /** From the arrival of the edit until that of its status: what the controller and one write add. */
  readonly reaction: number[];
}

/** Long enough for everything that a sample has set off. Milliseconds. */
const BETWEEN = 40;

/** Edits one VM after the other while nothing else happens. */
export async function measureEdits(bed: Bed, samples: number): Promise<EditLatency> {
  const { observer, admin } = bed;
  const latency: EditLatency = { whole: [], reaction: [] };
  for (let n = 0; n < samples; n++) {
    const key = `ProtectedVM/bench/vm-${1 + 10 * (n % 20)}`;
    const vm = observer.objects.get(key);
    const before = vm?.metadata.generation ?? 0;
    const modules = n % 40 < 20 ? ["Firewall", "AntiMalware", "IntrusionPrevention"] : ["Firewall"];
    const seen = observer.until(
      () => (observer.objects.get(key)?.metadata.generation ?? 0) > before,
      "the edit is seen",
    );
    const done = observer.until(() => {
      const { metadata, status } = observer.objects.get(key) ?? {};
      return (metadata?.generation ?? 0) > before && status?.observedGeneration === metadata?.generation;
    }, "its status is seen");
    const start = performance.now();
    const edit = admin.mergePatch(refOf(vm), { spec: { agent: { modules } } });
    const [seenAt, doneAt] = await Promise.all([seen, done, edit]);
    latency.whole.push(doneAt - start);
    latency.reaction.push(doneAt - seenAt);
    await sleep(BETWEEN);
  }
  return latency;
}

/** One bare status write after the other: what no controller can be faster than. Milliseconds until it arrived. */
export async function measureBareWrites(
  bed: Bed,
  { recorded, samples, first }: { recorded: Recorded; samples: number; first: Side },
): Promise<number[]> {
  const { observer, bare } = bed;
  const latency: number[] = [];
  for (let n = 0; n < samples; n++) {
    // Both sides of one VM in turn, so that each write is a change.
    const side = n % 2 === 0 ? first : other(first);
    const [write] = recorded.writes(side, bed, 1);
    if (write === undefined) throw new Error("there is no VM");
    await bare.tell({ type: "load", writes: [write] });
    observer.mark();
    const arrived = observer.until(() => observer.changedVms.size > 0, "the bare write is seen");
    const start = performance.now();
    const [at] = await Promise.all([arrived, bare.tell({ type: "write" })]);
    latency.push(at - start);
    await sleep(BETWEEN);
  }
  return latency;
}

function refOf(vm: KubeObject | undefined): { kind: string; name: string; namespace: string } {
  return { kind: "ProtectedVM", namespace: "bench", name: vm?.metadata.name ?? "" };
}
