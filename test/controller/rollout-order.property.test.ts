import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { keyOf } from "../../src/api/object.ts";
import { refusal, type ServerEvent } from "./api-server.ts";
import { operation, perform } from "./operations.ts";
import { Rig } from "./rig.ts";

// SPEC 2.2: the status for generation N of a policy or an appliance is written after the VMs that the change touches
// were written. Seen from the server, for each change of an owner: a VM whose decision the change alters shows, when the
// owner's new generation is first observed, the decision as of that change or of a later moment. VMs that the server
// refuses for good are left out, and so are those that are gone or were made anew.

/** What was decided on each VM, by uid, as its status has to show it. */
type Decisions = Map<string, unknown>;

function decisions(rig: Rig): Decisions {
  const { vms } = rig.expected();
  return new Map(rig.server.vms.map((vm) => [String(vm.metadata.uid), shown(vms.get(keyOf(vm)))]));
}

/** The part of a status that depends on policies and appliances, without its times. */
function shown(status: object | null | undefined): unknown {
  const { features = [], revision, appliance, mode } = (status ?? {}) as Record<string, unknown>;
  const rows = (features as Record<string, unknown>[]).map((row) => ({ ...row, lastTransitionTime: undefined }));
  return { rows, revision, appliance, mode };
}

interface Change {
  readonly moment: number;
  readonly touched: readonly string[];
  observed: boolean;
}

const OWNERS: readonly string[] = ["AffinityPolicy", "Appliance"];

/** Watches a server; `late` gets what was observed too early. */
function audit(rig: Rig, refused: string) {
  const { server } = rig;
  const moments: Decisions[] = [decisions(rig)];
  const changes = new Map<string, Change>();
  const tooEarly: string[] = [];
  const forward = server.onEvent;
  server.onEvent = (event) => {
    see(event);
    forward(event);
  };
  const see = ({ type, kind, object }: ServerEvent): void => {
    const { generation = 0, uid } = object.metadata;
    const change = changes.get(`${uid}/${generation}`);
    if (type === "SET" && OWNERS.includes(kind) && change === undefined) {
      const before = moments.at(-1) ?? new Map();
      const after = decisions(rig);
      const touched = [...after.keys()].filter(
        (vm) => before.has(vm) && !isDeepStrictEqual(before.get(vm), after.get(vm)),
      );
      changes.set(`${uid}/${generation}`, { moment: moments.push(after) - 1, touched, observed: false });
      return;
    }
    const { observedGeneration } = (object as { status?: { observedGeneration?: number } }).status ?? {};
    if (change !== undefined && !change.observed && observedGeneration === generation) {
      change.observed = true;
      for (const vm of server.vms) {
        const { uid = "", name } = vm.metadata;
        if (!change.touched.includes(uid) || name === refused) continue;
        const later = moments.slice(change.moment);
        if (!later.some((moment) => isDeepStrictEqual(moment.get(uid), shown(vm.status)))) {
          tooEarly.push(`${kind} ${object.metadata.name} generation ${generation}: ${name}`);
        }
      }
      return;
    }
    moments.push(decisions(rig));
  };
  return { changes, tooEarly };
}

const ownerChange = operation.filter(({ type }) => type === "policy" || type === "appliance");
const step = fc.record({
  op: fc.oneof({ weight: 2, arbitrary: operation }, { weight: 3, arbitrary: ownerChange }),
  pause: fc.oneof(fc.constant(0), fc.nat(60), fc.constant(3_000)),
});

test("an owner's new generation is observed only after the VMs that it touches were written", async () => {
  let observed = 0;
  let touching = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(operation, { maxLength: 12 }),
      fc.array(step, { maxLength: 15 }),
      fc.record({ latency: fc.nat(30), inputs: fc.nat(60), more: fc.nat(60), refused: fc.nat(9) }),
      async (before, steps, { latency, inputs, more, refused }) => {
        const rig = new Rig();
        const { server } = rig;
        rig.concurrency = 2;
        rig.latency = latency;
        // An owner's event does not overtake those of earlier VMs: what an engine cannot know yet, it cannot wait for.
        rig.travel = { delay: (kind) => inputs + (OWNERS.includes(kind) ? more : 0), copies: () => 1 };
        for (const op of before) perform(rig, op);
        const never = `vm-${refused}`;
        server.fault = ({ key }) => (key.endsWith(`/${never}`) ? { error: refusal(422, "Invalid") } : undefined);
        await rig.start();
        await rig.rest();
        const { changes, tooEarly } = audit(rig, never);
        for (const { op, pause } of steps) {
          perform(rig, op);
          if (pause > 0) await rig.clock.advance(pause);
        }
        await rig.rest();
        expect(tooEarly).toEqual([]);
        expect(rig.wrong().filter((one) => !one.endsWith(`/${never}`))).toEqual([]);
        for (const change of changes.values()) {
          if (change.observed) observed++;
          if (change.observed && change.touched.length > 0) touching++;
        }
      },
    ),
    { numRuns: 100 },
  );
  // The law must not be kept only because there is nothing to keep.
  expect(touching).toBeGreaterThan(20);
  expect(observed).toBeGreaterThan(touching);
});
