import { expect, test } from "vitest";
import { InFlight } from "../../src/controller/in-flight.ts";
import { fixed, type ServerModel, simulate } from "./in-flight-model.ts";

const MOST = 32;
const BUSY = { warmUp: 4_000, writes: 15_000 };

/** The number between those from 8 on that gives nearly everything with the least latency. */
function best(server: ServerModel) {
  const runs = [8, 10, 12, 14, 16, 20, 24, 28].map((n) => simulate(server, fixed(n), BUSY));
  const all = Math.max(...runs.map(({ perSecond }) => perSecond));
  return runs.find(({ perSecond }) => perSecond >= 0.98 * all) ?? { perSecond: Number.NaN, latency: Number.NaN };
}

// A small server, a usual one, a large one, a very large one; etcd on a fast disk and on a slow one; other clients.
test.each<ServerModel>([
  { cores: 1, service: 5, delay: 1 },
  { cores: 2, service: 5, delay: 1 },
  { cores: 2, service: 5, delay: 15 },
  { cores: 4, service: 5, delay: 5 },
  { cores: 8, service: 5, delay: 1 },
  { cores: 8, service: 5, delay: 5, others: 0.4 },
  { cores: 16, service: 5, delay: 5 },
  { cores: 64, service: 2, delay: 2 },
  { cores: 64, service: 5, delay: 15 },
  { cores: 4, service: 5, delay: 5, slowness: (ms) => 1 + 0.15 * Math.sin(ms / 5_000) },
])("nearly what $cores cores give with the best fixed number, and hardly more latency: %o", (server) => {
  const ideal = best(server);
  const { perSecond, latency, limits, mostInFlight } = simulate(server, new InFlight(MOST), BUSY);
  expect(perSecond / ideal.perSecond).toBeGreaterThan(0.97);
  expect(latency / ideal.latency).toBeLessThan(1.3);
  expect(mostInFlight).toBeLessThanOrEqual(MOST);
  // At rest: within a quarter of its mean.
  const mean = limits.reduce((sum, limit) => sum + limit, 0) / limits.length;
  expect(Math.max(...limits) / mean).toBeLessThan(1.25);
  expect(Math.min(...limits) / mean).toBeGreaterThan(0.75);
});

test("a server with many cores gives a multiple of what 8 at a time get, within seconds of work", () => {
  const server = { cores: 16, service: 5, delay: 5 };
  const { ends } = simulate(server, new InFlight(MOST), { warmUp: 0, writes: 6_000 });
  const eight = simulate(server, fixed(8), BUSY).perSecond;
  const inSecond = (second: number) => ends.filter((at) => Math.floor(at / 1_000) === second).length;
  expect(inSecond(0)).toBeGreaterThan(eight * 0.8);
  expect(inSecond(2)).toBeGreaterThan(eight * 2);
});

test.each([3, 10, 30])(
  "five seconds that are %d times slower are forgotten soon, and meanwhile writing goes on",
  (slow) => {
    const server = { cores: 8, service: 5, delay: 5, slowness: (ms: number) => (ms > 5_000 && ms < 10_000 ? slow : 1) };
    const { ends } = simulate(server, new InFlight(MOST), { warmUp: 0, writes: 20_000 });
    const between = (from: number, to: number) => ends.filter((at) => at >= from && at < to).length / (to - from);
    expect(between(12_000, 14_000)).toBeGreaterThan(0.95 * between(3_000, 5_000));
    for (let second = 5_500; second < 10_000; second += 1_000) {
      expect(between(second, second + 1_000)).toBeGreaterThan((0.8 * between(3_000, 5_000)) / slow);
    }
  },
);

test("one stall of seconds does not take much from the limit", () => {
  const server = { cores: 8, service: 5, delay: 5, slowness: (ms: number) => (ms > 5_000 && ms < 5_010 ? 400 : 1) };
  const { ends, limits } = simulate(server, new InFlight(MOST), { warmUp: 0, writes: 15_000 });
  const before = limits.filter((_, index) => Number(ends[index]) > 3_000 && Number(ends[index]) < 5_000);
  const after = limits.filter((_, index) => Number(ends[index]) > 5_000);
  expect(Math.max(...ends.map((at, index) => at - (ends[index - 1] ?? 0)))).toBeGreaterThan(50);
  expect(Math.min(...after)).toBeGreaterThan(0.7 * Math.min(...before));
});

test.each([
  { most: 1, mass: 1, edits: 1 },
  { most: 3, mass: 3, edits: 3 },
  { most: 4, mass: 3, edits: 4 },
  { most: 8, mass: 6, edits: 8 },
  { most: 10, mass: 8, edits: 10 },
])(
  "with at most $most at a time it is constant, and there is room for edits where there are more than three",
  (one) => {
    const limits = new InFlight(one.most);
    const told = () => ({ most: one.most, mass: limits.mass, edits: limits.edits });
    expect(told()).toEqual(one);
    simulate({ cores: 64, service: 5, delay: 5 }, limits, { warmUp: 0, writes: 2_000 });
    expect(told()).toEqual(one);
  },
);

test("what has not as many in flight as it may says nothing about how many are good", () => {
  const limits = new InFlight(MOST);
  for (let write = 0; write < 10_000; write++) {
    limits.ended(limits.started(2 + (write % 6)), 1);
    expect([limits.mass, limits.edits]).toEqual([8, 12]);
  }
});
