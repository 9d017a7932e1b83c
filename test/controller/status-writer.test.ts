import { expect, test } from "vitest";
import { crds } from "../../src/api/generated/schemas.ts";
import { StatusWriter } from "../../src/controller/status-writer.ts";
import type { Outcome } from "../../src/controller/workers.ts";
import { ApiError } from "../../src/kube/errors.ts";
import type { StoredObject } from "../../src/kube/parse-object.ts";
import type { StatusWrite } from "../../src/kube/status.ts";
import { VirtualClock } from "../kube/virtual-clock.ts";
import { refusal } from "./api-server.ts";

type Thing = StoredObject & { status?: object | null };

function thing(resourceVersion: number, status?: object | null): Thing {
  const metadata = { name: "web-1", namespace: "shop", uid: "uid-1", resourceVersion: String(resourceVersion) };
  return {
    apiVersion: "tandem.dev/v1alpha1",
    kind: "ProtectedVM",
    metadata: { ...metadata, labels: { a: "b" }, generation: 4 },
    ...(status !== undefined && { status }),
  };
}

/** A writer whose server gives `answer` to each write, or throws it. */
function rig(answer: () => Thing | Error = () => thing(2)) {
  const clock = new VirtualClock({ start: Date.UTC(2026, 2, 1, 10, 0, 0, 250) });
  const writes: { plural: string; write: StatusWrite }[] = [];
  const taken: Thing[] = [];
  const server = { answer };
  const writer = new StatusWriter<Thing>({
    resource: crds.ProtectedVM.resource,
    clock,
    put: (resource, write) => {
      writes.push({ plural: resource.plural, write });
      const result = server.answer();
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
    },
    onWritten: (object) => taken.push(object),
  });
  const types: string[] = [];
  return {
    clock,
    writes,
    taken,
    server,
    writer,
    types,
    settle: async (object: Thing, build: (now: string) => object): Promise<Outcome> => {
      const outcome = await writer.settle(object, build);
      types.push(outcome.type);
      return outcome;
    },
  };
}

test("an equal status is not written, and that is known at once", () => {
  const { writer, writes } = rig();
  const status = { mode: "Combined", features: [{ name: "Firewall" }] };
  expect(writer.settle(thing(1, structuredClone(status)), () => status)).toEqual({ type: "settled", wrote: false });
  expect(writes).toEqual([]);
});

test.each([
  ["none is there", undefined],
  ["null is there", null],
  ["a field is there that does not belong", { mode: "Combined", old: 1 }],
  ["a field is missing", {}],
])("a status is written where %s: identity, status, and nothing else", async (_, before) => {
  const answer = thing(2, { mode: "Combined" });
  const { settle, writes, taken } = rig(() => answer);
  expect(await settle(thing(1, before), () => ({ mode: "Combined" }))).toEqual({ type: "settled", wrote: true });
  expect(writes).toEqual([
    {
      plural: "protectedvms",
      write: {
        metadata: { name: "web-1", namespace: "shop", uid: "uid-1", resourceVersion: "1" },
        status: { mode: "Combined" },
      },
    },
  ]);
  // What the server answers is what the next look sees.
  expect(taken).toEqual([answer]);
  expect(taken[0]).toBe(answer);
});

test("an object without a namespace is written without one", async () => {
  const { settle, writes } = rig();
  const { namespace: _, ...metadata } = thing(1).metadata;
  await settle({ metadata }, () => ({ vms: 0 }));
  expect(Object.keys(writes[0]?.write.metadata ?? {})).toEqual(["name", "uid", "resourceVersion"]);
});

test("the time given is the clock's, in whole seconds", async () => {
  const { settle, writes } = rig();
  await settle(thing(1), (now) => ({ since: now }));
  expect(writes[0]?.write.status).toEqual({ since: "2026-03-01T10:00:00Z" });
});

test.each([
  ["a conflict waits for the newer object", refusal(409, "Conflict"), "conflict"],
  ["an overloaded server", refusal(429, "TooManyRequests", 5_000), "unavailable"],
  ["a server in trouble", refusal(500, "InternalError"), "unavailable"],
  ["a broken connection", new ApiError("Network", "reset"), "unavailable"],
  ["a deadline", new ApiError("Timeout", "30 s"), "unavailable"],
  ["missing rights", refusal(403, "Forbidden"), "unavailable"],
])("%s is no reason to give the status up", async (_, error, type) => {
  const { settle, types, taken } = rig(() => error);
  for (let time = 0; time < 5; time++) await settle(thing(1), () => ({ mode: "Combined" }));
  expect(types).toEqual(Array(5).fill(type));
  expect(taken).toEqual([]);
});

test.each([
  ["invalid", refusal(422, "Invalid")],
  ["malformed", refusal(400, "BadRequest")],
  ["too large", refusal(413, "RequestEntityTooLarge")],
  ["too large for etcd", new ApiError("Status", "etcdserver: request is too large", { httpStatus: 500 })],
])(
  "what is refused as %s is tried once more, then left alone until the object or the status changes",
  async (_, error) => {
    const { clock, settle, types, writes, server } = rig(() => error);
    // With the time of the first attempt, or each attempt would be another status.
    const build = (now: string) => ({ mode: "Combined", since: now });
    for (let time = 0; time < 5; time++) {
      await settle(thing(1), build);
      await clock.advance(10_000);
    }
    expect(types).toEqual(["refused", "refused", "settled", "settled", "settled"]);
    expect(writes).toHaveLength(2);
    await settle(thing(1), (now) => ({ mode: "Agentless", since: now }));
    expect(writes).toHaveLength(3);
    server.answer = () => thing(8);
    await settle(thing(7), build);
    expect(writes).toHaveLength(4);
    expect(types.at(-1)).toBe("settled");
    // It was accepted: what came before is forgotten.
    server.answer = () => error;
    await settle(thing(8), build);
    expect(types.at(-1)).toBe("refused");
  },
);

test("a change hours after a refusal has the time of the change, not of the refusal", async () => {
  const { clock, settle, writes, server } = rig(() => refusal(422, "Invalid"));
  for (let time = 0; time < 2; time++) await settle(thing(1), (now) => ({ mode: "Combined", since: now }));
  await clock.advance(2 * 3_600_000);
  server.answer = () => thing(2);
  await settle(thing(1), (now) => ({ mode: "Agentless", since: now }));
  expect(writes.at(-1)?.write.status).toEqual({ mode: "Agentless", since: "2026-03-01T12:00:00Z" });
});

test("a name that is used again does not inherit a refusal", async () => {
  const { settle, writer, types } = rig(() => refusal(422, "Invalid"));
  const build = () => ({ mode: "Combined" });
  for (let time = 0; time < 3; time++) await settle(thing(1), build);
  writer.forget("shop/web-1");
  await settle(thing(1), build);
  expect(types).toEqual(["refused", "refused", "settled", "refused"]);
});
