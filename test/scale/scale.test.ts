import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quantile } from "../bench/statistics.ts";
import { World } from "../controller/leader-world.ts";
import { seeded } from "../fault/random.ts";
import { imbalance, loadsOf, moved } from "./balance.ts";
import { countWrites } from "./counts.ts";
import { estateOf, SHAPES } from "./estates.ts";
import { takeOver } from "./failover.ts";
import { shardsOfHost } from "./hosts.ts";
import { massChange } from "./mass-change.ts";
import { hashOf, ownerOf, shardsOf } from "./rendezvous.ts";
import { simulation } from "./simulation.ts";

const DOCUMENT = join(import.meta.dirname, "..", "..", "docs", "scale.md");

const namespaces = fc.uniqueArray(fc.stringMatching(/^[a-z0-9-]{1,20}$/), { minLength: 1, maxLength: 60 });
const shardNames = fc.uniqueArray(fc.stringMatching(/^[a-z0-9-]{1,20}$/), { minLength: 2, maxLength: 10 });
const loads = fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 12 });
const rates = fc.record({
  serverWrites: fc.integer({ min: 10, max: 20_000 }),
  ownWrite: fc.double({ min: 1e-5, max: 1e-2, noNaN: true }),
  foreignEvent: fc.double({ min: 0, max: 1e-3, noNaN: true }),
});
const size = { vms: 100_000, namespaces: 500 };

/** Owners by name, under shards in any order. */
function owners(some: readonly string[], shards: readonly string[]): Map<string, string | undefined> {
  const hashes = shards.map(hashOf);
  return new Map(some.map((name) => [name, shards[ownerOf(hashOf(name), hashes)]]));
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

describe("rendezvous hashing of namespaces", () => {
  it("gives each namespace one owner among the shards, whatever their order", () => {
    fc.assert(
      fc.property(namespaces, shardNames, fc.integer(), (some, shards, seed) => {
        const random = seeded(seed);
        const shuffled = shards.map((shard) => ({ shard, at: random() })).toSorted((a, b) => a.at - b.at);
        const before = owners(some, shards);
        expect(
          owners(
            some,
            shuffled.map(({ shard }) => shard),
          ),
        ).toEqual(before);
        for (const owner of before.values()) expect(shards).toContain(owner);
      }),
    );
  });

  it("moves only the namespaces of a shard that is lost", () => {
    fc.assert(
      fc.property(namespaces, shardNames, fc.nat(), (some, shards, n) => {
        const [lost] = shards.splice(n % shards.length, 1);
        const all = owners(some, [...shards, lost ?? ""]);
        const rest = owners(some, shards);
        for (const [name, owner] of all) if (owner !== lost) expect(rest.get(name)).toBe(owner);
      }),
    );
  });

  it("gives a new shard its part of the namespaces, and each of the others about the same", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: 2, max: 12 }), (seed, count) => {
        const estate = estateOf("uniform", size, seed);
        const { namespaces: part } = moved(estate, shardsOf(count), shardsOf(count + 1));
        // Six standard deviations of a fair draw.
        const six = (p: number): number => 6 * Math.sqrt((p * (1 - p)) / size.namespaces);
        expect(Math.abs(part - 1 / (count + 1))).toBeLessThan(six(1 / (count + 1)));
        const largest = imbalance(loadsOf(estate, shardsOf(count)));
        expect(largest).toBeGreaterThanOrEqual(1);
        expect(largest).toBeLessThan(1 + count * six(1 / count));
      }),
    );
  });

  it("cannot divide a namespace: the largest one bounds the balance", () => {
    for (const shape of SHAPES) {
      const estate = estateOf(shape, size, 7);
      expect(sum(estate.map(({ vms }) => vms))).toBe(size.vms);
      const largest = Math.max(...estate.map(({ vms }) => vms)) / size.vms;
      for (const count of [2, 4, 8]) {
        const found = loadsOf(estate, shardsOf(count));
        expect(sum(found)).toBe(size.vms);
        expect(imbalance(found)).toBeGreaterThanOrEqual(largest * count);
        expect(imbalance(found)).toBeLessThanOrEqual(count);
      }
    }
  });
});

describe("a mass change", () => {
  it("is never faster than the API server, nor than the largest shard's process", () => {
    fc.assert(
      fc.property(loads, rates, (some, limits) => {
        const { seconds, core } = massChange(some, limits);
        const least = Math.max(sum(some) / limits.serverWrites, Math.max(...some) * limits.ownWrite);
        expect(seconds).toBeGreaterThanOrEqual(least * (1 - 1e-9));
        expect(core).toBeLessThanOrEqual(1 + 1e-9);
      }),
    );
  });

  it("gains nothing from shards while one process does as much as the API server takes", () => {
    fc.assert(
      fc.property(loads, rates, (some, limits) => {
        fc.pre(limits.serverWrites <= 1 / limits.ownWrite);
        const one = massChange([sum(some)], limits).seconds;
        expect(one).toBeCloseTo(sum(some) / limits.serverWrites, 6);
        expect(massChange(some, limits).seconds).toBeGreaterThanOrEqual(one * (1 - 1e-9));
      }),
    );
  });

  it("gains from shards beyond that, the more evenly the better", () => {
    const limits = { serverWrites: 8_000, ownWrite: 0.5e-3, foreignEvent: 0 };
    const time = (some: readonly number[]): number => massChange(some, limits).seconds;
    expect(time([4_000, 4_000])).toBeCloseTo(time([8_000]) / 2);
    expect(time([6_000, 2_000])).toBeCloseTo((time([8_000]) * 3) / 4);
  });
});

describe("a leader's crash", () => {
  it("is followed within the lease's 15 s and two tries, and not before the lease has run out", () => {
    const random = seeded(3);
    for (let n = 0; n < 10_000; n++) {
      const seconds = takeOver(random);
      expect(seconds).toBeGreaterThan(15 - 1.8);
      expect(seconds).toBeLessThan(15 + 2 * 1.8);
    }
  });

  it("is followed by the program's own leader election after the same time", async () => {
    const random = seeded(4);
    const [modelled, real]: [number[], number[]] = [[], []];
    for (let seed = 0; seed < 60; seed++) {
      const world = new World(seed);
      world.start();
      world.start();
      await world.pass(20_000 + random() * 10_000);
      world.leading?.machine.kill();
      real.push((await world.until(() => world.leading !== undefined, 20_000)) / 1000);
      modelled.push(takeOver(random), takeOver(random), takeOver(random));
    }
    for (const p of [0.1, 0.5, 0.9]) expect(Math.abs(quantile(real, p) - quantile(modelled, p))).toBeLessThan(0.6);
  });
});

describe("counts of appliances in a mass change", () => {
  const options = { vms: 20_000, appliances: 200, every: 10, most: 100 } as const;

  it("are written for each appliance at least once, and the more rarely the better", () => {
    const any = (every: number) => countWrites({ ...options, every, order: "any", random: seeded(1) });
    expect(any(1)).toBeGreaterThan(any(10));
    expect(any(10)).toBeGreaterThan(any(1000));
    expect(any(1000)).toBeGreaterThanOrEqual(options.appliances / options.vms);
    const few = countWrites({ ...options, most: 1, order: "any", random: seeded(1) });
    expect(few).toBeLessThan(any(10));
    expect(few * options.vms).toBeGreaterThanOrEqual(options.appliances);
  });

  it("are next to nothing where VMs are written host by host", () => {
    const writes = countWrites({ ...options, order: "by host", random: seeded(1) }) * options.vms;
    expect(writes).toBeGreaterThanOrEqual(options.appliances);
    expect(writes).toBeLessThanOrEqual(2 * options.appliances);
  });
});

describe("a host", () => {
  it("has VMs of one shard where there is one namespace, and of all where there are many", () => {
    const options = () => ({ hosts: 50, vmsOfHost: 100, random: seeded(5) });
    expect(shardsOfHost(estateOf("uniform", { vms: 10, namespaces: 1 }, 1), shardsOf(4), options())).toBe(1);
    expect(shardsOfHost(estateOf("uniform", size, 1), shardsOf(4), options())).toBeCloseTo(4, 1);
  });
});

describe("docs/scale.md", () => {
  it("quotes what the simulation says", () => {
    expect(readFileSync(DOCUMENT, "utf8")).toContain(simulation(1));
  });
});
