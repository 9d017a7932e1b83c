import fc from "fast-check";
import { expect, test } from "vitest";
import { Backoff } from "../../src/cache/backoff.ts";
import { VirtualClock } from "../kube/virtual-clock.ts";

test("delays double from 0.8 s to 30 s, differ between clients, and never leave these bounds", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 12 }),
      (randoms) => {
        let draw = 0;
        const backoff = new Backoff(new VirtualClock({ random: () => randoms[draw++ % randoms.length] ?? 0 }));
        for (let attempt = 0; attempt < 12; attempt++) {
          const limit = Math.min(30_000, 1_600 * 2 ** attempt);
          const delay = backoff.next();
          expect(delay).toBeGreaterThanOrEqual(limit / 2);
          expect(delay).toBeLessThanOrEqual(limit);
        }
      },
    ),
  );
});

test("two good minutes after a delay make the next one short again, less do not", async () => {
  const clock = new VirtualClock({ random: () => 0 });
  const backoff = new Backoff(clock);
  expect(backoff.next()).toBe(800);
  await clock.advance(800);
  expect(backoff.next()).toBe(1_600);
  await clock.advance(1_600 + 119_999);
  expect(backoff.next()).toBe(3_200);
  await clock.advance(3_200 + 120_000);
  expect(backoff.next()).toBe(800);
});

test("a shorter longest delay is kept to", () => {
  const backoff = new Backoff(new VirtualClock({ random: () => 0.999 }), 3_000);
  const delays = Array.from({ length: 10 }, () => backoff.next());
  expect(Math.max(...delays)).toBeLessThanOrEqual(3_000);
  expect(delays.at(-1)).toBeGreaterThan(2_900);
});
