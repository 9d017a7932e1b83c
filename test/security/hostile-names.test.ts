import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { AffinityPolicy, Appliance, ProtectedVM } from "../../src/api/kinds.ts";
import { readText, SourceText } from "../../src/api/manifest/index.ts";
import { check } from "../../src/api/validate/index.ts";
import { WorkQueue } from "../../src/controller/queue.ts";
import { Rollout } from "../../src/controller/rollout.ts";
import { ApiError } from "../../src/kube/errors.ts";
import { parseObject } from "../../src/kube/parse-object.ts";
import { errorEvent, httpError } from "../../src/kube/status-error.ts";
import { parseWatchEvent } from "../../src/kube/watch-event.ts";
import { newStore } from "../cache/new-store.ts";
import { items } from "../cli/run.ts";
import { THINGS, thing } from "../kube/things.ts";
import { VirtualClock } from "../kube/virtual-clock.ts";
import { raw, resolve } from "../resolve/estate.ts";
import { expectNoPollution } from "./prototype.ts";

afterEach(expectNoPollution);

/** What every object inherits, and what looks like something else. All but the first two are valid names in Kubernetes. */
const INHERITED = [
  "__proto__",
  "toString",
  "constructor",
  "prototype",
  "valueof",
  "hasownproperty",
  "null",
  "undefined",
  "nan",
  "1e3",
  "0",
  "length",
  "then",
];
const NAMES = INHERITED.filter((name) => /^[a-z0-9]+$/.test(name));
/** As the API server would send it: JSON.parse makes `__proto__` an own key. */
const parsed = <T>(json: string): T => raw<T>(JSON.parse(json));

test("the names of labels: what is inherited is no label, what is there is one", () => {
  for (const key of INHERITED) {
    const labels = `{${JSON.stringify(key)}: "x"}`;
    const vm = (name: string, its: string) =>
      parsed<ProtectedVM>(
        `{"metadata": {"name": "${name}", "namespace": "shop", "labels": ${its}}, "spec": {"guestOS": "Linux", "features": ["Firewall"]}}`,
      );
    const policy = (name: string, selector: string) =>
      parsed<AffinityPolicy>(
        `{"metadata": {"name": "${name}"}, "spec": {"vmSelector": ${selector}, "affinity": {"network": "AgentOnly"}}}`,
      );
    const expression = (operator: string) => `{"matchExpressions": [{"key": "${key}", "operator": "${operator}"}]}`;
    const { policies } = resolve({
      namespaces: parsed(`{"shop": ${labels}}`),
      vms: [vm("with", labels), vm("without", "{}")],
      policies: [
        policy("equal", `{"matchLabels": ${labels}}`),
        policy("exists", expression("Exists")),
        policy("absent", expression("DoesNotExist")),
        policy("not-in", `{"matchExpressions": [{"key": "${key}", "operator": "NotIn", "values": ["y"]}]}`),
      ],
    });
    // A key must begin and end with a letter or a digit: `__proto__` selects nothing, and says so.
    const isKey = key !== "__proto__";
    const matched = Object.fromEntries([...policies].map(([name, { vms }]) => [name, vms?.matched]));
    expect(matched, key).toEqual(
      isKey ? { equal: 1, exists: 1, absent: 1, "not-in": 2 } : { equal: 0, exists: 0, absent: 0, "not-in": 0 },
    );
    expect(policies.get("equal")?.conditions?.find(({ type }) => type === "Accepted")).toMatchObject({
      reason: isKey ? "Accepted" : "InvalidSelector",
    });
    expectNoPollution();
  }
});

test("the names of objects, hosts and namespaces: each is itself", () => {
  const spec = (hostName: string): ProtectedVM["spec"] => ({ hostName, guestOS: "Windows", features: ["AntiMalware"] });
  const appliances = NAMES.map((name): Appliance => ({ metadata: { name }, spec: { hostName: name } }));
  const policies = NAMES.map(
    (name): AffinityPolicy => ({
      metadata: { name },
      spec: {
        vmSelector: {},
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
        affinity: { antiMalware: "ApplianceOnly" },
      },
    }),
  );
  const vms = NAMES.flatMap((namespace) =>
    NAMES.map((name): ProtectedVM => ({ metadata: { name, namespace }, spec: spec(name) })),
  );
  const placeless = raw<ProtectedVM>({
    metadata: { name: "nowhere", namespace: "constructor" },
    spec: spec("tostring"),
  });
  const all = resolve({
    namespaces: Object.fromEntries(NAMES.map((name) => [name, {}])),
    appliances,
    policies,
    vms: [...vms, placeless],
  });
  for (const namespace of NAMES) {
    for (const name of NAMES) {
      const status = all.vms.get(`${namespace}/${name}`);
      expect(status, `${namespace}/${name}`).toMatchObject({
        appliance: name,
        features: [{ decidedBy: `Policy/${namespace}` }],
      });
    }
    expect(all.appliances.get(namespace)).toMatchObject({ vms: NAMES.length, protects: NAMES.length });
    expect(all.policies.get(namespace)?.vms?.matched).toBe(NAMES.length + (namespace === "constructor" ? 1 : 0));
  }
  expect(all.vms.get("constructor/nowhere")).not.toHaveProperty("appliance");
});

test("store, queue and roll-out hold any name, and lose none", () => {
  const { store, known } = newStore();
  const done: string[] = [];
  const queue = new WorkQueue(new VirtualClock(), () => {});
  const rollout = new Rollout((owner) => done.push(owner));
  for (const name of INHERITED) {
    store.apply(thing(name, 1));
    queue.add(name, "edit");
    queue.add(name, "mass");
    rollout.begin([name], [`ns/${name}`]);
  }
  expect([...known.keys()]).toEqual(INHERITED.map((name) => `ns/${name}`));
  const taken: string[] = [];
  for (let key = queue.next(); key !== undefined; key = queue.next()) {
    taken.push(key);
    queue.done(key);
  }
  expect(taken).toEqual(INHERITED);
  queue.close();
  for (const name of INHERITED) {
    expect(rollout.isWaiting(name)).toBe(true);
    rollout.settled(`ns/${name}`);
    expect(store.delete(thing(name, 2))).toBe(true);
  }
  expect(done).toEqual(INHERITED);
  expect(store.size).toBe(0);
});

describe("manifests", () => {
  const HEAD = "apiVersion: tandem.dev/v1alpha1\nkind: ProtectedVM\n";
  const SPEC = "spec: {guestOS: Linux, features: [Firewall]}\n";

  test("an inherited name is no field, anywhere: refused, with its place", () => {
    for (const key of ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"]) {
      const texts = [
        `${HEAD}metadata: {name: a}\n${SPEC}${key}: {polluted: x}\n`,
        `${HEAD}metadata: {name: a}\nspec: {guestOS: Linux, features: [Firewall], ${key}: {polluted: x}}\n`,
        `${HEAD}metadata: {name: a}\nspec: {guestOS: Linux, features: [Firewall], agent: {${key}: {polluted: x}}}\n`,
        `${HEAD}metadata: {name: a}\nspec: {<<: {${key}: {polluted: x}}, guestOS: Linux, features: [Firewall]}\n`,
      ];
      for (const text of texts) {
        const { manifests } = readText(new SourceText("f", text));
        const checked = manifests.map((manifest) => check(manifest).type);
        expect(`${checked}: ${text}`).toBe(`invalid: ${text}`);
        expectNoPollution();
      }
    }
  });

  test("labels cannot be inherited either", async () => {
    const labels = "labels: {tier: pci}";
    const policy = `apiVersion: tandem.dev/v1alpha1\nkind: AffinityPolicy\nmetadata: {name: pci}\nspec: {vmSelector: {matchLabels: {tier: pci}}}\n`;
    const rendered = await items(`${policy}---\n${HEAD}metadata: {name: a, ${labels}}\n${SPEC}`);
    const pci = rendered.find(({ kind }) => kind === "AffinityPolicy");
    expect(pci?.status).toMatchObject({ vms: { matched: 1 } });
    const hidden = [`__proto__: {${labels}}`, `constructor: {${labels}}`, "labels: {<<: {__proto__: {tier: pci}}}"];
    for (const field of hidden) {
      const given = `${HEAD}metadata: {name: a, ${field}}\n${SPEC}`;
      expect(readText(new SourceText("f", given)).manifests.map((one) => check(one).type)).toEqual(["invalid"]);
    }
  });

  test("an object without a spec does not inherit one", () => {
    const text = `${HEAD}metadata: {name: a}\n__proto__: {spec: {guestOS: Linux, features: [Firewall]}}\n`;
    expect(readText(new SourceText("f", text)).manifests.map((one) => check(one).type)).toEqual(["invalid"]);
  });

  test("render keeps labels and annotations of such names, and resolves them", async () => {
    for (const key of NAMES) {
      const text = `${HEAD}metadata: {name: ${JSON.stringify(key)}, namespace: ${JSON.stringify(key)}, labels: {${JSON.stringify(key)}: ${JSON.stringify(key)}}, annotations: {"${key}": "{}"}}\n${SPEC}---
apiVersion: tandem.dev/v1alpha1
kind: AffinityPolicy
metadata: {name: ${JSON.stringify(key)}}
spec: {vmSelector: {matchLabels: {${JSON.stringify(key)}: ${JSON.stringify(key)}}}, affinity: {network: ApplianceOnly}}
`;
      const [vm] = await items(text);
      expect(vm, key).toMatchObject({
        metadata: { name: key, namespace: key },
        status: { features: [{ decidedBy: `Policy/${key}` }] },
      });
    }
  });
});

describe("any JSON at all, where an object of the API is expected", () => {
  const fields = [
    "kind",
    "apiVersion",
    "metadata",
    "name",
    "namespace",
    "resourceVersion",
    "type",
    "object",
    "code",
    "reason",
    "message",
    "details",
    "causes",
    "toString",
    "valueOf",
    "__proto__",
    "constructor",
  ];
  const words = ["Status", "Thing", "test.dev/v1", "ADDED", "BOOKMARK", "ERROR", "1", "x"];
  const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "medium" },
      fc.constantFrom<unknown>(...words, null, true, 0, 410, 1e300, ""),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.array(fc.tuple(fc.constantFrom(...fields), tie("value")), { maxLength: 6 }).map((entries) => {
        const object = {};
        for (const [key, value] of entries)
          Object.defineProperty(object, key, { value, enumerable: true, configurable: true });
        return object;
      }),
    ),
  }));
  /** Each gets the text of a JSON value. */
  const borders: Record<string, (text: string) => unknown> = {
    "an object": (text) => parseObject(JSON.parse(text), THINGS, "test"),
    "an event": (text) => parseWatchEvent(Buffer.from(text), THINGS),
    "an ERROR event": (text) => {
      throw errorEvent("test", JSON.parse(text));
    },
    "an answer with an error": (body) => {
      throw httpError("GET /", { httpStatus: 422, body, retryAfter: undefined, now: 0 });
    },
  };
  const expectTakenOrRefused = (border: (text: string) => unknown, text: string): void => {
    try {
      border(text);
    } catch (error) {
      expect(error).toBeInstanceOf(ApiError);
      expect(JSON.stringify(error).length).toBeLessThan(4_096);
    }
  };

  test.each(Object.entries(borders))("%s: taken, or an ApiError of bounded length", (_, border) => {
    const status = json.map((value) => (typeof value === "object" ? { ...value, kind: "Status" } : value));
    fc.assert(
      fc.property(fc.oneof(json, status), (value) => expectTakenOrRefused(border, JSON.stringify(value))),
      { numRuns: 1_000 },
    );
  });

  test.each(Object.entries(borders))("%s: what has no text of its own, or too much of it", (_, border) => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    for (const bad of ['{"toString": 1, "valueOf": 1}', deep, JSON.stringify("x".repeat(1_000_000))]) {
      const status = `{"kind": "Status", "code": ${bad}, "reason": ${bad}, "message": ${bad}, "details": {"causes": [{"reason": ${bad}}, ${bad}]}}`;
      for (const text of [
        bad,
        status,
        `{"kind": ${bad}, "apiVersion": ${bad}, "metadata": ${bad}}`,
        `{"type": ${bad}, "object": ${bad}}`,
        `{"type": "ADDED", "object": {"kind": ${bad}}}`,
        `{"type": "ERROR", "object": ${status}}`,
      ]) {
        expectTakenOrRefused(border, text);
      }
    }
  });
});
