import fc from "fast-check";
import { expect, test } from "vitest";
import { operation, perform, trouble, undergo } from "./operations.ts";
import { KINDS, Rig } from "./rig.ts";

const steps = fc.array(fc.oneof({ weight: 3, arbitrary: operation }, { weight: 2, arbitrary: trouble }), {
  maxLength: 30,
});
const travel = fc.record({
  delays: fc.record({
    ProtectedVM: fc.nat(80),
    AffinityPolicy: fc.nat(80),
    Appliance: fc.nat(80),
    Namespace: fc.nat(80),
  }),
  copies: fc.integer({ min: 1, max: 3 }),
  latency: fc.nat(40),
  order: fc.shuffledSubarray([...KINDS], { minLength: 4 }),
});

test("whatever happens, every status ends as a resolution from scratch says, and then nothing is written", async () => {
  await fc.assert(
    fc.asyncProperty(steps, travel, async (steps, { delays, copies, latency, order }) => {
      const rig = new Rig();
      const { server } = rig;
      rig.travel = { delay: (kind) => delays[kind], copies: () => copies };
      rig.latency = latency;
      await rig.start(order);
      for (const step of steps) {
        switch (step.type) {
          case "pass":
          case "closed":
          case "faults":
          case "restart":
            await undergo(rig, step);
            break;
          default:
            perform(rig, step);
        }
      }
      server.fault = () => undefined;
      await rig.rest();
      expect(server.violations).toEqual([]);
      expect(rig.handlerErrors).toEqual([]);
      expect(rig.wrong()).toEqual([]);
      const attempts = server.attempts.length;
      await rig.rest(120_000);
      expect(server.attempts.length).toBe(attempts);
      // A program that starts on this has nothing to do.
      await rig.restart(order);
      await rig.rest();
      expect(server.attempts.length).toBe(attempts);
    }),
    { numRuns: 120 },
  );
});

test("undisturbed, exactly the statuses that change are written, each once, a VM's before its owners'", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
      const rig = new Rig();
      const { server } = rig;
      rig.latency = 1;
      await rig.start();
      for (const op of operations) {
        const from = server.attempts.length;
        perform(rig, op);
        const wrong = rig.wrong();
        await rig.rest(3_000);
        const attempts = server.attempts.slice(from);
        expect(attempts.map(({ result }) => result)).toEqual(wrong.map(() => "written"));
        expect(attempts.map(({ kind, key }) => `${kind} ${key}`).toSorted()).toEqual(wrong.toSorted());
        expect(rig.wrong()).toEqual([]);
        const kinds = attempts.map(({ kind }) => kind === "ProtectedVM");
        expect(kinds).toEqual(kinds.toSorted((a, b) => Number(b) - Number(a)));
      }
      expect(server.violations).toEqual([]);
    }),
    { numRuns: 80 },
  );
});
