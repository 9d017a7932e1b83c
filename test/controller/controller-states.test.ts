import { describe, expect, test } from "vitest";
import { Leader } from "../../src/controller/leader.ts";
import type { Clock } from "../../src/kube/clock.ts";
import { ApiError } from "../../src/kube/errors.ts";
import { appliance, policy, vm } from "../resolve/estate.ts";
import { refusal } from "./api-server.ts";
import { controllerOn } from "./controller-bench.ts";
import { away, LeaseServer } from "./lease-server.ts";

const TIMES = { duration: 15_000, renewDeadline: 10_000, retryPeriod: 2_000 };

const estate = () => ({
  Appliance: [appliance("esx")],
  AffinityPolicy: [policy("p")],
  ProtectedVM: [vm("a"), vm("b")],
});

function election(clock: Clock) {
  const server = new LeaseServer(clock);
  const leader = new Leader({ client: server.client("us"), clock, identity: "us", times: TIMES, onError: () => {} });
  return { server, leader };
}

describe("a leader", () => {
  test("writes nothing while another holds the lease, knows everything meanwhile, and takes over at once", async () => {
    const bench = controllerOn(estate());
    const { server, leader } = election(bench.clock);
    server.write({ holderIdentity: "other" });
    const { controller, ended } = bench.run({ leader });
    await bench.clock.advance(14_000);
    expect(bench.puts).toEqual([]);
    expect(controller.leads).toBe(false);
    expect(controller.inputs.map(({ kind, size, state }) => [kind, size, state.complete])).toEqual([
      ["Namespace", 0, true],
      ["Appliance", 1, true],
      ["AffinityPolicy", 1, true],
      ["ProtectedVM", 2, true],
    ]);
    server.write({ holderIdentity: "" });
    await bench.clock.advance(3_000);
    expect(controller.leads).toBe(true);
    expect(bench.puts.map(({ metadata }) => metadata.name).toSorted()).toEqual(["a", "b", "esx", "p"]);
    expect(ended.as).toBeUndefined();
    expect(bench.lines).toEqual(["info: waiting for the lease", "info: all kinds are listed", "info: leading"]);
    bench.stop.abort();
    await bench.clock.advance(3_000);
    expect(ended.as).toBe("stopped");
  });

  test("gives no write more time than it still leads", async () => {
    const bench = controllerOn(estate());
    const { server, leader } = election(bench.clock);
    const { done } = bench.run({ leader });
    await bench.clock.advance(5_000);
    expect(bench.puts[0]?.timeoutMs).toBeGreaterThan(8_000);
    for (const { timeoutMs } of bench.puts) expect(timeoutMs).toBeLessThanOrEqual(TIMES.renewDeadline);
    bench.stop.abort();
    await bench.clock.advance(3_000);
    await done;
    expect(server.lease?.spec?.holderIdentity).toBe("");
  });

  test("that loses the lease ends, cuts off what it was writing, and writes nothing more", async () => {
    const bench = controllerOn(estate());
    const { server, leader } = election(bench.clock);
    bench.onPut = ({ signal }) =>
      new Promise<void>((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    const { ended } = bench.run({ leader });
    await bench.clock.advance(1_000);
    const begun = bench.puts.length;
    expect(begun).toBeGreaterThan(0);
    server.onRequest = away;
    await bench.clock.advance(15_000);
    expect(ended.as).toBe("lease lost");
    expect(bench.puts).toHaveLength(begun);
    for (const { signal } of bench.puts)
      expect(signal?.reason).toMatchObject({ code: "Aborted", message: "the lease is lost" });
    expect(bench.clock.pending).toBe(0);
    expect(server.requests.filter(({ at }) => at >= 10_500)).toEqual([]);
  });

  test.each(["waits for the lease", "leads"])("told to end while it %s, ends, and another may lead", async (when) => {
    const bench = controllerOn(estate());
    const { server, leader } = election(bench.clock);
    if (when === "waits for the lease") server.write({ holderIdentity: "other" });
    const { ended } = bench.run({ leader });
    await bench.clock.advance(5_000);
    bench.stop.abort();
    await bench.clock.advance(2_000);
    expect(ended.as).toBe("stopped");
    expect(server.lease?.spec?.holderIdentity).toBe(when === "leads" ? "" : "other");
    expect(bench.clock.pending).toBe(0);
  });

  test("releases the lease after its last write has ended; that it cannot is said, and no reason not to end", async () => {
    const bench = controllerOn(estate());
    const { server, leader } = election(bench.clock);
    let end = () => {};
    bench.onPut = () => new Promise<void>((resolve) => (end = resolve));
    const { ended } = bench.run({ leader, concurrency: 1 });
    await bench.clock.advance(1_000);
    bench.stop.abort();
    await bench.clock.advance(500);
    expect([ended.as, server.lease?.spec?.holderIdentity, bench.puts[0]?.signal?.aborted]).toEqual([
      undefined,
      "us",
      false,
    ]);
    server.onRequest = away;
    end();
    await bench.clock.advance(100);
    expect(ended.as).toBe("stopped");
    expect(bench.lines.at(-1)).toBe("warn: the lease could not be released: it ends by itself: away");
  });

  test("gives up a write that hangs before it gives the lease back: the next leader must not meet it", async () => {
    const bench = controllerOn(estate());
    const { server, leader } = election(bench.clock);
    const cutWhile: (string | undefined)[] = [];
    bench.onPut = ({ signal }) =>
      new Promise<void>((_, reject) =>
        signal?.addEventListener("abort", () => {
          cutWhile.push(server.lease?.spec?.holderIdentity);
          reject(signal.reason);
        }),
      );
    const { ended } = bench.run({ leader, concurrency: 1 });
    await bench.clock.advance(1_000);
    bench.stop.abort();
    await bench.clock.advance(3_000);
    expect([ended.as, server.lease?.spec?.holderIdentity]).toEqual(["stopped", ""]);
    expect(cutWhile).toEqual(["us"]);
  });

  test("whose lease client breaks crashes: nobody would lead without being seen", async () => {
    const bench = controllerOn(estate());
    const broken = {
      leads: false,
      acquire: () => Promise.reject(new TypeError("broken")),
      release: () => Promise.resolve(),
    };
    const { done } = bench.run({ leader: broken as unknown as Leader });
    const failure = expect(done).rejects.toThrow("broken");
    await bench.clock.advance(3_000);
    await failure;
    expect(bench.clock.pending, "timers of what it had begun").toBe(0);
  });
});

test("who has no lease to take leads from the beginning, and gives its writes the usual time", async () => {
  const bench = controllerOn(estate());
  const { controller, ended } = bench.run();
  expect(controller.leads).toBe(true);
  await bench.clock.advance(1_000);
  expect(bench.puts).toHaveLength(4);
  for (const put of bench.puts) expect(put).not.toHaveProperty("timeoutMs");
  bench.stop.abort();
  await bench.clock.advance(0);
  expect([ended.as, bench.clock.pending]).toEqual(["stopped", 0]);
  expect(bench.lines).toEqual(["info: all kinds are listed"]);
  expect(bench.fields).toEqual([{ vms: 2, policies: 1, appliances: 1, namespaces: 0 }]);
});

test("told to end before it begins, it ends", async () => {
  const bench = controllerOn(estate());
  bench.stop.abort();
  const { ended } = bench.run();
  await bench.clock.advance(0);
  expect([ended.as, bench.puts]).toEqual(["stopped", []]);
});

describe("a run that ends by itself", () => {
  test("ends when every status is written, not before", async () => {
    const bench = controllerOn(estate());
    bench.onPut = () => new Promise<void>((resolve) => bench.clock.setTimeout(resolve, 100));
    const { ended } = bench.run({ once: true });
    await bench.clock.advance(150);
    expect([bench.puts.length, ended.as]).toEqual([4, undefined]);
    await bench.clock.advance(5_000);
    expect([bench.puts.length, ended.as]).toEqual([4, "at rest"]);
    expect(bench.clock.pending).toBe(0);
  });

  test("ends in an empty cluster, too", async () => {
    const bench = controllerOn({});
    const { ended } = bench.run({ once: true });
    await bench.clock.advance(1_000);
    expect(ended.as).toBe("at rest");
  });

  test("does not wait for what the server refuses for good, and counts it", async () => {
    const bench = controllerOn(estate());
    bench.onPut = ({ metadata: { name } }) => {
      if (name === "a") throw refusal(422, "Invalid");
    };
    const { controller, ended } = bench.run({ once: true });
    await bench.clock.advance(10_000);
    expect([ended.as, controller.unsettled]).toEqual(["at rest", 1]);
  });

  test("does not wait for an object on which the rules fail, which is tried for ever", async () => {
    const broken = { ...vm("a"), status: { conditions: [null] } } as unknown as ReturnType<typeof vm>;
    const bench = controllerOn({ ProtectedVM: [broken, vm("b")] });
    const { controller, ended } = bench.run({ once: true });
    await bench.clock.advance(10_000);
    expect([ended.as, controller.unsettled]).toEqual(["at rest", 1]);
    expect(bench.vmStatus("b")).toBeDefined();
  });

  test("waits while the server cannot be used", async () => {
    const bench = controllerOn(estate());
    bench.onPut = () => {
      throw refusal(503, "ServiceUnavailable");
    };
    const { ended } = bench.run({ once: true });
    await bench.clock.advance(60_000);
    expect(ended.as).toBeUndefined();
    bench.onPut = () => {};
    await bench.clock.advance(10_000);
    expect(ended.as).toBe("at rest");
  });
});

describe("a kind that fails", () => {
  test("holds all writes back, until its list is complete again; both is in the log", async () => {
    const bench = controllerOn(estate());
    const errors: string[] = [];
    bench.run({ observers: [{}, { onInputError: (kind, during) => errors.push(`${kind} ${during}`) }] });
    await bench.clock.advance(1_000);
    const before = bench.puts.length;
    expect(before).toBe(4);
    bench.api("Appliance").onList = () => {
      throw new ApiError("Status", "forbidden", { httpStatus: 403 });
    };
    bench.api("Appliance").last.end(new ApiError("ErrorEvent", "too old", { httpStatus: 410 }));
    await bench.clock.advance(5_000);
    bench.api("ProtectedVM").remove("b");
    bench.api("ProtectedVM").put("c");
    await bench.clock.advance(5_000);
    expect(bench.puts).toHaveLength(before);
    expect(errors.slice(0, 2)).toEqual(["Appliance watch", "Appliance list"]);
    bench.api("Appliance").onList = () => {};
    await bench.clock.advance(60_000);
    expect(bench.lines.filter((line) => !line.includes("failed"))).toEqual([
      "info: all kinds are listed",
      "warn: a kind has no complete list: nothing is written until it has",
      "info: all kinds are complete again, going on",
    ]);
    expect(bench.lines).toContain("warn: watch failed, trying again: too old");
    expect(bench.lines).toContain("warn: list failed, trying again: forbidden");
    bench.stop.abort();
    await bench.clock.advance(3_000);
  });

  test("and can be read again is a reason to try at once what could not be written", async () => {
    const bench = controllerOn(estate());
    bench.onPut = () => {
      throw refusal(503, "ServiceUnavailable", 50_000);
    };
    bench.run();
    await bench.clock.advance(1_000);
    bench.onPut = () => {};
    bench.api("Appliance").last.end(new ApiError("Network", "reset"));
    const before = bench.puts.length;
    await bench.clock.advance(5_000);
    expect(bench.puts.length).toBeGreaterThan(before);
    bench.stop.abort();
    await bench.clock.advance(3_000);
  });
});

test("a list that just succeeds again is no reason to ask a server before it wants to be asked", async () => {
  const bench = controllerOn(estate());
  bench.onPut = () => {
    throw refusal(503, "ServiceUnavailable", 50_000);
  };
  bench.run({ relistMs: 10_000 });
  await bench.clock.advance(1_000);
  const before = bench.puts.length;
  await bench.clock.advance(45_000);
  expect(bench.api("Appliance").lists).toBeGreaterThan(3);
  expect(bench.puts).toHaveLength(before);
  bench.stop.abort();
  await bench.clock.advance(3_000);
});

test("of a namespace the labels count: a policy selects by them", async () => {
  const bench = controllerOn({
    ...estate(),
    Namespace: [{ metadata: { name: "shop", resourceVersion: "1", labels: { zone: "dmz" } } }],
    AffinityPolicy: [
      policy("dmz", { namespaceSelector: { matchLabels: { zone: "dmz" } }, affinity: { antiMalware: "AgentOnly" } }),
    ],
  });
  bench.run();
  await bench.clock.advance(1_000);
  expect(bench.vmStatus("a")).toMatchObject({ features: [{ name: "AntiMalware", decidedBy: "Policy/dmz" }] });
  bench.stop.abort();
  await bench.clock.advance(3_000);
});
