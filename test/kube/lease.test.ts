import { beforeEach, describe, expect, test } from "vitest";
import { isAlreadyExists, isConflict, isNotFound } from "../../src/kube/errors.ts";
import { type LeaseClient, leaseClient } from "../../src/kube/lease.ts";
import { sendJson } from "./server.ts";
import { clock, failure, observations, outcome, server, status, transport, useTransport } from "./transport-bench.ts";

useTransport();

const COLLECTION = "/apis/coordination.k8s.io/v1/namespaces/tandem-system/leases";
const PATH = `${COLLECTION}/tandem-controller`;
const METADATA = { name: "tandem-controller", namespace: "tandem-system", uid: "u-1", resourceVersion: "7" };
const LEASE = {
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { ...METADATA, labels: { team: "backup" }, annotations: { note: "ours" } },
  spec: { holderIdentity: "a", leaseDurationSeconds: 15, strategy: "OldestEmulationVersion" },
};
const CALL = { timeoutMs: 5_000 };

let client: LeaseClient;
beforeEach(() => {
  client = leaseClient(transport, { namespace: "tandem-system", name: "tandem-controller" });
});

/** Has every request answered with this; returns what was sent. */
function answers(
  code: number,
  body: unknown,
): { method: string | undefined; url: string | undefined; body: unknown }[] {
  const sent: { method: string | undefined; url: string | undefined; body: unknown }[] = [];
  server.answer = ({ method, url }, response, text) => {
    sent.push({ method, url, body: text === "" ? undefined : JSON.parse(text) });
    sendJson(response, code, body);
  };
  return sent;
}

describe("reading a Lease", () => {
  test("gives what the server has, or nothing", async () => {
    const sent = answers(200, LEASE);
    expect(await client.get(CALL)).toEqual(LEASE);
    expect(sent).toEqual([{ method: "GET", url: PATH, body: undefined }]);
    answers(404, status(404, "NotFound"));
    expect(await client.get(CALL)).toBeUndefined();
  });

  test("without the right to is an error, not an absence", async () => {
    answers(403, status(403, "Forbidden", "leases is forbidden"));
    expect(await failure(client.get(CALL))).toMatchObject({ code: "Status", httpStatus: 403 });
  });

  test.each([
    ["an HTML page", "<html>"],
    ["another kind", { ...LEASE, kind: "Pod" }],
    ["no version", { ...LEASE, metadata: {} }],
  ])("does not believe %s", async (_, body) => {
    answers(200, body);
    expect(await failure(client.get(CALL))).toMatchObject({ code: "Protocol" });
  });
});

describe("writing a Lease", () => {
  test("replaces the one that was read, by its version, and keeps what is not ours", async () => {
    const sent = answers(200, LEASE);
    await client.put({ holderIdentity: "b" }, { read: LEASE, ...CALL });
    const expected = { ...LEASE, spec: { ...LEASE.spec, holderIdentity: "b" } };
    expect(sent).toEqual([{ method: "PUT", url: PATH, body: expected }]);
  });

  test("creates one where there was none", async () => {
    const sent = answers(201, LEASE);
    expect(await client.put({ holderIdentity: "b" }, { read: undefined, ...CALL })).toEqual(LEASE);
    const metadata = { name: "tandem-controller", namespace: "tandem-system" };
    expect(sent).toEqual([
      { method: "POST", url: COLLECTION, body: { ...LEASE, metadata, spec: { holderIdentity: "b" } } },
    ]);
  });

  test("tells who was faster from what is missing", async () => {
    answers(409, status(409, "Conflict"));
    expect(isConflict(await failure(client.put({}, { read: LEASE, ...CALL })))).toBe(true);
    answers(409, status(409, "AlreadyExists"));
    expect(isAlreadyExists(await failure(client.put({}, { read: undefined, ...CALL })))).toBe(true);
    answers(404, status(404, "NotFound", 'namespaces "tandem-system" not found'));
    const missing = await failure(client.put({}, { read: undefined, ...CALL }));
    expect(isNotFound(missing)).toBe(true);
    expect(missing.message).toContain('namespaces "tandem-system" not found');
  });
});

test("every request has its deadline, and connections that nothing else uses", async () => {
  server.answer = () => {};
  for (const request of [
    () => client.get(CALL),
    () => client.put({}, { read: LEASE, ...CALL }),
    () => client.put({}, { read: undefined, ...CALL }),
  ]) {
    const failed = failure(request());
    expect(await outcome(failed)).toBe(CALL.timeoutMs);
    expect(await failed).toMatchObject({ code: "Timeout" });
  }
  expect(observations.map(({ pool }) => pool)).toEqual(["lease", "lease", "lease"]);
  expect(clock.pending).toBe(0);
});

test("a request ends with the signal", async () => {
  server.answer = () => {};
  const stop = new AbortController();
  const failed = failure(client.get({ ...CALL, signal: stop.signal }));
  stop.abort();
  expect(await failed).toMatchObject({ code: "Aborted" });
});
