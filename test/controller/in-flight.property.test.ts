import fc from "fast-check";
import { expect, test } from "vitest";
import { InFlight } from "../../src/controller/in-flight.ts";
import { fixed, type ServerModel, simulate } from "./in-flight-model.ts";

const MOST = 32;

const server: fc.Arbitrary<ServerModel> = fc.record({
  cores: fc.integer({ min: 1, max: 64 }),
  service: fc.double({ min: 1, max: 10, noNaN: true }),
  delay: fc.double({ min: 1, max: 15, noNaN: true }),
  jitter: fc.double({ min: 0.3, max: 1, noNaN: true }),
  others: fc.constantFrom(0, 0, 0.2, 0.4),
});

test("of any server it gets nearly what the best fixed number gets, with little more latency, and keeps still", {
  timeout: 60_000,
}, () => {
  fc.assert(
    fc.property(server, fc.nat(1_000), (model, seed) => {
      const busy = { warmUp: 4_000, writes: 12_000, seed };
      const fixedOnes = [8, 10, 12, 14, 16, 20, 24, 28].map((n) => simulate(model, fixed(n), busy));
      const all = Math.max(...fixedOnes.map(({ perSecond }) => perSecond));
      const best = fixedOnes.find(({ perSecond }) => perSecond >= 0.98 * all);
      const found = simulate(model, new InFlight(MOST), busy);
      // Both figures are measured over some thousands of random times: a few hundredths are chance.
      expect(found.perSecond).toBeGreaterThan(0.92 * all);
      expect(found.latency).toBeLessThan(1.5 * (best?.latency ?? 0));
      const mean = found.limits.reduce((sum, limit) => sum + limit, 0) / found.limits.length;
      const still = found.limits.filter((limit) => Math.abs(limit / mean - 1) <= 0.25);
      expect(still.length).toBeGreaterThan(0.9 * found.limits.length);
    }),
    { numRuns: 15 },
  );
});

test("whatever times writes take, it never is more than the most nor less than 4, and leaves room for edits", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 64 }),
      fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.oneof(fc.constant(0), fc.nat(60_000)))),
      (most, phases) => {
        const limits = new InFlight(most);
        for (const [writes, ms] of phases) {
          for (let write = 0; write < writes; write++) {
            limits.ended(limits.started(limits.mass), ms);
            expect(limits.mass).toBeGreaterThanOrEqual(Math.min(4, most - Math.floor(most / 4)));
            expect(limits.mass).toBeLessThanOrEqual(limits.edits);
            expect(limits.edits).toBeLessThanOrEqual(most);
            expect(limits.edits - limits.mass).toBeGreaterThanOrEqual(Math.min(4, Math.floor(most / 4)));
          }
        }
      },
    ),
  );
});

test("a few writes at a time go out as 8 at a time, however many times over", () => {
  const burst = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 64, size: "max" });
  const bursts = fc.array(burst, { minLength: 5, maxLength: 20 });
  fc.assert(
    fc.property(bursts, (all) => {
      const limits = new InFlight(MOST);
      for (const burst of all) {
        // Each burst ends before the next: they start as the limit allows.
        for (const [index, ms] of burst.entries()) {
          limits.ended(limits.started(Math.min(index + 1, limits.mass)), ms);
          expect(limits.mass).toBe(8);
        }
      }
    }),
  );
});
