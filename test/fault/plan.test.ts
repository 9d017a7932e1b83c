import fc from "fast-check";
import { expect, test } from "vitest";
import { parseRequest } from "./kube-request.ts";
import { readLine } from "./lines.ts";
import { type Plan, Plans } from "./plan.ts";
import { seeded, shuffled } from "./random.ts";

const VMS = "/apis/tandem.dev/v1alpha1/protectedvms";
const WRITE = parseRequest("PUT", "/apis/tandem.dev/v1alpha1/namespaces/shop/protectedvms/web-1/status");
const WATCH = parseRequest("GET", `${VMS}?watch=true&resourceVersion=7`);
const FIRST = { page: 1, reused: false };

function event(type: string, name: string) {
  return readLine(Buffer.from(`${JSON.stringify({ type, object: { metadata: { name, namespace: "shop" } } })}\n`));
}

/** Which of so many equal requests a plan strikes, counted from 1. */
function strikes(plan: Omit<Plan, "fault">, count: number): number[] {
  let now = 0;
  const plans = new Plans(() => now);
  plans.add([{ ...plan, fault: { type: "drop", when: "beforeSend" } }]);
  const struck: number[] = [];
  for (let n = 1; n <= count; n++, now += 10) if (plans.forRequest(WRITE, FIRST).length > 0) struck.push(n);
  return struck;
}

test("a request is read as the API server reads it", () => {
  expect(WRITE).toMatchObject({
    ...{ verb: "update", group: "tandem.dev", resource: "protectedvms" },
    ...{ namespace: "shop", name: "web-1", subresource: "status" },
  });
  const verbs = (url: string) => parseRequest("GET", url).verb;
  expect(verbs(VMS)).toBe("list");
  expect(verbs(`${VMS}?watch=1`)).toBe("watch");
  expect(verbs(`${VMS}?watch=true&sendInitialEvents=true`)).toBe("watchlist");
  expect(parseRequest("GET", `${VMS}?limit=5&continue=abc`).continueToken).toBe("abc");
  expect(parseRequest("GET", `${VMS}?limit=5&continue=`).continueToken).toBeUndefined();
  expect(parseRequest("GET", "/api/v1/namespaces/shop")).toMatchObject({ resource: "namespaces", name: "shop" });
  expect(parseRequest("GET", "/api/v1/namespaces")).toMatchObject({ resource: "namespaces", verb: "list" });
  expect(parseRequest("GET", "/api/v1/namespaces/a%2Fb/secrets")).toMatchObject({
    namespace: "a/b",
    resource: "secrets",
  });
  expect(parseRequest("GET", "/readyz").resource).toBe("");
});

test("a plan strikes from its nth match on, so often or so long", () => {
  const seed = 1;
  expect(strikes({ seed, trigger: {} }, 5)).toEqual([1]);
  expect(strikes({ seed, trigger: { nth: 3 } }, 5)).toEqual([3]);
  expect(strikes({ seed, trigger: { nth: 2 }, duration: { times: 2 } }, 5)).toEqual([2, 3]);
  expect(strikes({ seed, trigger: { nth: 4 }, duration: "always" }, 6)).toEqual([4, 5, 6]);
  expect(strikes({ seed, trigger: { nth: 2 }, duration: { ms: 30 } }, 8)).toEqual([2, 3, 4]);
  expect(strikes({ seed, trigger: { resource: "appliances" }, duration: "always" }, 3)).toEqual([]);
  expect(strikes({ seed, trigger: { page: 2 }, duration: "always" }, 3)).toEqual([]);
  expect(strikes({ seed, trigger: { reused: true }, duration: "always" }, 3)).toEqual([]);
});

test("the same seed strikes the same request, within its limit; different seeds differ", () => {
  const first = (seed: number) => strikes({ seed, trigger: { nth: { upTo: 50 } } }, 50);
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      expect(first(seed)).toEqual(first(seed));
      expect(first(seed)).toHaveLength(1);
    }),
  );
  expect(new Set(Array.from({ length: 100 }, (_, seed) => first(seed)[0])).size).toBeGreaterThan(20);
});

test("events are counted apart from requests; bookmarks only where they are named", () => {
  const plans = new Plans(() => 0);
  const swallow = { type: "swallow" } as const;
  plans.add([
    { seed: 1, trigger: { name: "web-1", nth: 2 }, fault: swallow },
    { seed: 1, trigger: { event: "BOOKMARK" }, fault: { type: "eof" } },
  ]);
  expect(plans.forRequest(WATCH, FIRST)).toEqual([]);
  expect(plans.forEvent(WATCH, event("MODIFIED", "web-1"))).toBeUndefined();
  expect(plans.forEvent(WATCH, event("MODIFIED", "web-2"))).toBeUndefined();
  expect(plans.forEvent(WATCH, event("BOOKMARK", "web-1"))?.fault.type).toBe("eof");
  expect(plans.forEvent(WATCH, event("DELETED", "web-1"))?.fault).toBe(swallow);
  expect(plans.forEvent(WATCH, event("MODIFIED", "web-1"))).toBeUndefined();
  expect(Object.fromEntries(plans.injected)).toEqual({ swallow: 1, eof: 1 });
});

test("shuffling keeps every item, and the same seed gives the same order", () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), fc.nat(), (items, seed) => {
      const once = shuffled(items, seeded(seed));
      expect(once.toSorted()).toEqual(items.toSorted());
      expect(shuffled(items, seeded(seed))).toEqual(once);
    }),
  );
});

test("a plan that never struck is told, unless it may miss; one that had struck before the end of all faults is not", () => {
  const plans = new Plans(() => 0);
  const fault = { type: "drop", when: "beforeSend" } as const;
  const never = { seed: 1, trigger: { resource: "appliances" }, fault };
  plans.add([never, { ...never, mayMiss: true }, { seed: 1, trigger: {}, fault }]);
  expect(plans.missed).toHaveLength(2);
  plans.forRequest(WRITE, FIRST);
  plans.clear();
  expect(plans.missed).toEqual([never]);
});
