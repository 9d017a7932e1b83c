import { expect, test } from "vitest";
import { History, requestFaults } from "./history.ts";
import { parseRequest } from "./kube-request.ts";

const VMS = "/apis/tandem.dev/v1alpha1/protectedvms";
const STATUS = "/apis/tandem.dev/v1alpha1/namespaces/shop/protectedvms/web-1/status";
const LEASE = "/apis/coordination.k8s.io/v1/namespaces/tandem-system/leases/tandem";
const NOTHING = Buffer.from("");

function object(resourceVersion: string): Buffer {
  return Buffer.from(JSON.stringify({ metadata: { name: "web-1", namespace: "shop", resourceVersion } }));
}

/** What is wrong with requests that are answered one after the other. */
function faultsOf(...requests: readonly [method: string, path: string][]): string[] {
  const history = new History();
  for (const [method, path] of requests) history.ended(history.begin(parseRequest(method, path), NOTHING));
  return requestFaults(history);
}

test("R: reads, status writes and leases are fine, every other write is not", () => {
  expect(faultsOf(["GET", VMS], ["GET", `${VMS}?watch=true`], ["PUT", STATUS], ["PUT", LEASE])).toEqual([]);
  for (const method of ["PUT", "PATCH", "DELETE"]) {
    expect(faultsOf([method, STATUS.replace("/status", "")]), method).toHaveLength(1);
  }
  expect(faultsOf(["PATCH", STATUS]), "a patch of a status").toHaveLength(1);
  expect(faultsOf(["POST", VMS])).toHaveLength(1);
  expect(faultsOf(["DELETE", LEASE])).toHaveLength(1);
});

test("R: two lists of a kind at a time are found; one after the other, of two kinds, or a mere question are fine", () => {
  const lists = (second: string, isOver: boolean) => {
    const history = new History();
    const first = history.begin(parseRequest("GET", `${VMS}?limit=500`), NOTHING);
    if (isOver) history.ended(first);
    history.begin(parseRequest("GET", second), NOTHING);
    return requestFaults(history);
  };
  const watchList = `${VMS}?watch=true&sendInitialEvents=true`;
  expect(lists(watchList, false)).toEqual([expect.stringMatching(/two lists of protectedvms/)]);
  expect(lists(watchList, true)).toEqual([]);
  expect(lists(watchList.replace("protectedvms", "appliances"), false)).toEqual([]);
  expect(lists(`${VMS}?fieldSelector=metadata.name%3Dx&limit=1`, false)).toEqual([]);
});

test("W: the budget tells writes that changed something from those that did not", () => {
  const history = new History();
  const write = (base: string, status: number, answer: string) => {
    const record = history.begin(parseRequest("PUT", STATUS), object(base));
    history.answered(record, status, object(answer));
    history.ended(record);
  };
  write("1", 200, "2");
  write("2", 200, "2");
  write("1", 409, "0");
  write("2", 422, "0");
  const unanswered = history.begin(parseRequest("PUT", STATUS), object("2"));
  history.ended(unanswered);
  expect(history.budget(0)).toEqual({ sent: 5, committed: 2, wasted: 1, conflicts: 1, refused: 1 });
  expect(history.budget(performance.now() + 1).sent).toBe(0);
});
