import { describe, expect, test } from "vitest";
import type { Selector } from "../../src/api/kinds.ts";
import { condition, found, policy, raw, resolve, vm } from "./estate.ts";

/** Whether a policy with this selector selects a VM with these labels; undefined: the selector is invalid. */
function selects(vmSelector: unknown, labels?: Record<string, string>): boolean | undefined {
  const one = policy("p", { vmSelector: raw<Selector>(vmSelector) });
  const status = found(resolve({ policies: [one], vms: [vm("a", {}, labels)] }).policies.get("p"));
  const accepted = found(condition(status, "Accepted"));
  if (accepted.status === "False") {
    expect(accepted.reason).toBe("InvalidSelector");
    expect(status.vms).toEqual({ matched: 0, effective: 0 });
    return undefined;
  }
  return status.vms?.matched === 1;
}

/** Why a policy is not accepted. */
function refusal(spec: Parameters<typeof policy>[1]): string {
  const status = found(resolve({ policies: [policy("p", spec)] }).policies.get("p"));
  return found(condition(status, "Accepted")).message;
}

const pci = { tier: "pci" };
const expression = (operator: string, values?: string[] | null, key = "tier") => ({
  matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }],
});

describe("selectors", () => {
  test("{} selects every VM, with labels and without", () => {
    expect(selects({}, pci)).toBe(true);
    expect(selects({}, {})).toBe(true);
    expect(selects({})).toBe(true);
    expect(selects({ matchLabels: null, matchExpressions: null })).toBe(true);
    expect(selects({ matchLabels: {}, matchExpressions: [] })).toBe(true);
  });

  test.each([
    // selector, tier=pci, tier=web, other labels, no labels
    ["matchLabels", { matchLabels: pci }, true, false, false],
    ["In", expression("In", ["pci", "db"]), true, false, false],
    ["In, the same value twice", expression("In", ["pci", "pci"]), true, false, false],
    ["NotIn", expression("NotIn", ["pci"]), false, true, true],
    ["Exists", expression("Exists"), true, true, false],
    ["Exists, empty values", expression("Exists", []), true, true, false],
    ["Exists, null values", expression("Exists", null), true, true, false],
    ["DoesNotExist", expression("DoesNotExist"), false, false, true],
  ])("%s", (_, selector, onPci, onWeb, elsewhere) => {
    expect(selects(selector, pci)).toBe(onPci);
    expect(selects(selector, { tier: "web" })).toBe(onWeb);
    expect(selects(selector, { zone: "pci" })).toBe(elsewhere);
    expect(selects(selector, {})).toBe(elsewhere);
    expect(selects(selector)).toBe(elsewhere);
  });

  test("all requirements must hold", () => {
    const both = { matchLabels: pci, matchExpressions: [{ key: "zone", operator: "NotIn", values: ["dmz"] }] };
    expect(selects(both, pci)).toBe(true);
    expect(selects(both, { ...pci, zone: "lan" })).toBe(true);
    expect(selects(both, { ...pci, zone: "dmz" })).toBe(false);
    expect(selects(both, { zone: "lan" })).toBe(false);
    expect(selects({ matchLabels: { tier: "pci", zone: "lan" } }, pci)).toBe(false);
  });

  test("a contradiction is valid and selects nothing", () => {
    const never = { matchLabels: pci, ...expression("DoesNotExist") };
    expect(selects(never, pci)).toBe(false);
    expect(selects(never)).toBe(false);
  });

  test("the empty value is a value of its own", () => {
    expect(selects({ matchLabels: { tier: "" } }, { tier: "" })).toBe(true);
    expect(selects({ matchLabels: { tier: "" } }, pci)).toBe(false);
    expect(selects({ matchLabels: { tier: "" } })).toBe(false);
    expect(selects(expression("Exists"), { tier: "" })).toBe(true);
  });

  test.each(["constructor", "toString", "hasOwnProperty", "valueOf"])("%s is a label like any other", (key) => {
    expect(selects(expression("Exists", undefined, key))).toBe(false);
    expect(selects(expression("Exists", undefined, key), { [key]: "x" })).toBe(true);
    expect(selects(expression("DoesNotExist", undefined, key), {})).toBe(true);
    expect(selects({ matchLabels: { [key]: "x" } }, { [key]: "x" })).toBe(true);
    expect(selects({ matchLabels: { [key]: "x" } }, { [key]: "y" })).toBe(false);
  });

  test("__proto__ can be no label key, and does no harm as one", () => {
    expect(selects(JSON.parse('{"matchLabels": {"__proto__": "x"}}'))).toBe(undefined);
    expect(selects(expression("Exists", undefined, "__proto__"))).toBe(undefined);
    expect(selects({}, JSON.parse('{"__proto__": "x"}'))).toBe(true);
    expect(selects({ matchLabels: pci }, JSON.parse('{"__proto__": {"tier": "pci"}}'))).toBe(false);
    expect(selects({ matchLabels: pci }, { ...JSON.parse('{"__proto__": "x"}'), ...pci })).toBe(true);
  });

  test.each([
    "a",
    "A.b_c-9",
    "example.com/a",
    "sub.example.com/A_b.c",
    "kubernetes.io/metadata.name",
    "x".repeat(63),
    `${"d".repeat(63)}.io/${"x".repeat(63)}`,
    `${"d.".repeat(126)}d/x`,
  ])("key %s is valid", (key) => {
    expect(selects({ matchLabels: { [key]: "v" } }, { [key]: "v" })).toBe(true);
    expect(selects(expression("DoesNotExist", undefined, key))).toBe(true);
  });

  test.each([
    "",
    " ",
    "-a",
    "a-",
    "a b",
    "a/",
    "/a",
    "a/b/c",
    "Example.com/a",
    "-x.io/a",
    "x..io/a",
    "ä",
    "a\n",
    "x".repeat(64),
    `${"d".repeat(254)}/x`,
    `${"d.".repeat(127)}d/x`,
    "../..",
  ])("key %j is invalid", (key) => {
    expect(selects({ matchLabels: { [key]: "v" } }, { [key]: "v" })).toBe(undefined);
    for (const operator of ["Exists", "DoesNotExist"])
      expect(selects(expression(operator, undefined, key))).toBe(undefined);
  });

  test.each([" ", "-a", "a_", "a/b", "a b", "ü", "a\n", "x".repeat(64)])("value %j is invalid", (value) => {
    expect(selects({ matchLabels: { tier: value } }, { tier: value })).toBe(undefined);
    expect(selects(expression("In", ["pci", value]), pci)).toBe(undefined);
    expect(selects(expression("NotIn", [value]))).toBe(undefined);
  });

  test.each([
    ["In with no values", expression("In", [])],
    ["In with absent values", expression("In")],
    ["NotIn with no values", expression("NotIn", [])],
    ["NotIn with null values", expression("NotIn", null)],
    ["Exists with values", expression("Exists", ["pci"])],
    ["DoesNotExist with values", expression("DoesNotExist", ["pci"])],
    ["an unknown operator", expression("Gt", ["1"])],
    ["an operator in another case", expression("exists")],
    ["one bad requirement beside a good one", { matchLabels: { tier: "pci", "-": "x" } }],
  ])("%s is invalid and selects nothing", (_, selector) => {
    expect(selects(selector, pci)).toBe(undefined);
    expect(selects(selector)).toBe(undefined);
  });

  test("the message names the selector and the problem", () => {
    expect(refusal({ vmSelector: { matchLabels: { "a b": "x" } } })).toBe(
      'spec.vmSelector: "a b" can be no label key; the policy selects nothing',
    );
    expect(refusal({ namespaceSelector: { matchLabels: { a: "x y" } } })).toBe(
      'spec.namespaceSelector: "x y" can be no value of label a; the policy selects nothing',
    );
  });

  test("messages stay short and on one line whatever is in the selector", () => {
    const nasty = `\u001b[31m\r\n\u0000\u202e\u2028\u2029${"x".repeat(100_000)}`;
    const selectors: Selector[] = [
      { matchLabels: { [nasty]: "v" } },
      { matchLabels: { tier: nasty } },
      { matchExpressions: [{ key: nasty, operator: "Exists", values: ["x"] }] },
      { matchExpressions: [{ key: nasty, operator: "In" }] },
      raw<Selector>({ matchExpressions: [{ key: "tier", operator: nasty }] }),
    ];
    for (const vmSelector of selectors) {
      const message = refusal({ vmSelector });
      expect(message.length).toBeLessThan(300);
      expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }
  });

  test("a hostile key or value takes no time", () => {
    const keys = ["a-".repeat(50_000), `${"a.".repeat(50_000)}/x`, `${"a".repeat(60_000)}!`, "-".repeat(60_000)];
    const start = performance.now();
    for (const text of keys) {
      refusal({ vmSelector: { matchLabels: { [text]: "v" } } });
      refusal({ vmSelector: { matchLabels: { tier: text } } });
      refusal({ vmSelector: { matchLabels: { [`${text.slice(0, 253)}/x`]: "v" } } });
    }
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe("namespaceSelector", () => {
  const inNamespace = (namespace: string) => ({ ...vm("a"), metadata: { name: "a", namespace } });
  function matched(namespaceSelector: unknown, namespaces: Record<string, Record<string, string>>): number | undefined {
    const one = policy("p", { namespaceSelector: raw<Selector>(namespaceSelector) });
    return resolve({ policies: [one], namespaces, vms: [inNamespace("shop")] }).policies.get("p")?.vms?.matched;
  }

  test("absent, null and {} are every namespace, there or not", () => {
    expect(matched(undefined, {})).toBe(1);
    expect(matched(null, {})).toBe(1);
    expect(matched({}, {})).toBe(1);
    expect(matched({}, { shop: { a: "b" } })).toBe(1);
  });

  test("asks the namespace's labels, not the VM's", () => {
    const selector = { matchLabels: { env: "prod" } };
    expect(matched(selector, { shop: { env: "prod" } })).toBe(1);
    expect(matched(selector, { shop: { env: "test" }, bank: { env: "prod" } })).toBe(0);
    expect(matched(selector, {})).toBe(0);
    const labelled = vm("a", {}, { env: "prod" });
    const policies = [policy("p", { namespaceSelector: selector })];
    expect(resolve({ policies, vms: [labelled] }).policies.get("p")?.vms?.matched).toBe(0);
  });

  test("both selectors must hold", () => {
    const policies = [
      policy("p", { vmSelector: { matchLabels: pci }, namespaceSelector: { matchLabels: { env: "prod" } } }),
    ];
    const vms = [
      vm("a", {}, pci),
      vm("b"),
      { ...vm("c", {}, pci), metadata: { ...vm("c", {}, pci).metadata, namespace: "x" } },
    ];
    expect(resolve({ policies, vms, namespaces: { shop: { env: "prod" } } }).policies.get("p")?.vms?.matched).toBe(1);
  });

  test("a namespace always carries its name as a label, whatever its object says", () => {
    const selector = { matchLabels: { "kubernetes.io/metadata.name": "shop" } };
    expect(matched(selector, {})).toBe(1);
    expect(matched(selector, { shop: {} })).toBe(1);
    expect(matched(selector, { shop: { "kubernetes.io/metadata.name": "other" } })).toBe(1);
    expect(matched({ matchLabels: { "kubernetes.io/metadata.name": "bank" } }, { shop: {} })).toBe(0);
  });

  test("a namespace without labels meets NotIn and DoesNotExist", () => {
    expect(matched({ matchExpressions: [{ key: "env", operator: "NotIn", values: ["prod"] }] }, {})).toBe(1);
    expect(matched({ matchExpressions: [{ key: "env", operator: "DoesNotExist" }] }, {})).toBe(1);
    expect(matched({ matchExpressions: [{ key: "env", operator: "Exists" }] }, {})).toBe(0);
  });

  test("an invalid namespaceSelector makes the policy select nothing", () => {
    expect(matched({ matchExpressions: [{ key: "env", operator: "In", values: [] }] }, { shop: {} })).toBe(0);
  });
});
