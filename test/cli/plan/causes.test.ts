import { expect, test } from "vitest";
import { refOf } from "../../../src/cli/plan/edits.ts";
import { appliance, namespace, policy, vm } from "./objects.ts";
import { planOf } from "./read.ts";

const AGENT = { agent: { state: "Activated", modules: ["AntiMalware", "Firewall"] } };

/** The edits behind each change of a feature. */
async function causes(from: readonly object[], to: readonly object[]): Promise<Record<string, string[]>> {
  const { vms } = await planOf(from, to);
  return Object.fromEntries(
    vms.flatMap((change) =>
      (change.facts()?.features ?? []).map(({ feature }) => [feature, change.reasons().of(feature).map(refOf)]),
    ),
  );
}

test("a change has the edits behind it that concern its feature, and no others", async () => {
  const before = [vm("a", AGENT), appliance("x"), policy("p", { affinity: { antiMalware: "AgentOnly" } }), policy("q")];
  const after = [
    vm("a", { ...AGENT, affinity: { integrityMonitoring: "AgentOnly" } }),
    appliance("x", { version: "20.1" }),
    policy("p", { priority: 5, affinity: { antiMalware: "ApplianceOnly" } }),
    policy("q", { priority: 7, affinity: { network: "ApplianceOnly" } }),
  ];
  expect(await causes(before, after)).toEqual({
    AntiMalware: ["AffinityPolicy/p"],
    Firewall: ["AffinityPolicy/q"],
  });
});

test("labels of a VM or its namespace are behind a change where they change which policies select it", async () => {
  const policies = [
    policy("by-label", { vmSelector: { matchLabels: { tier: "web" } }, affinity: { network: "ApplianceOnly" } }),
    policy("by-namespace", {
      namespaceSelector: { matchLabels: { stage: "live" } },
      affinity: { antiMalware: "AgentOnly" },
    }),
  ];
  const estate = (labels: object, stage: object) => [
    ...policies,
    appliance("x"),
    vm("a", AGENT, labels),
    namespace("shop", stage),
  ];
  const before = estate({}, {});
  expect(await causes(before, estate({ tier: "web" }, {}))).toEqual({ Firewall: ["ProtectedVM/shop/a"] });
  expect(await causes(before, estate({}, { stage: "live" }))).toEqual({ AntiMalware: ["Namespace/shop"] });
  expect(await causes(before, estate({ other: "x" }, {}))).toEqual({});
});

test("labels are not behind what a new policy does, nor a policy behind what a VM says itself", async () => {
  const added = policy("p", { affinity: { antiMalware: "AgentOnly" } });
  expect(
    await causes([vm("a", AGENT), appliance("x")], [vm("a", AGENT, { other: "x" }), appliance("x"), added]),
  ).toEqual({
    AntiMalware: ["AffinityPolicy/p"],
  });
  const own = (antiMalware: string) => vm("a", { ...AGENT, affinity: { antiMalware } });
  const before = [own("AgentOnly"), appliance("x"), policy("p", { affinity: { antiMalware: "AgentOnly" } })];
  const after = [own("ApplianceOnly"), appliance("x"), policy("p", { priority: 5 })];
  expect(await causes(before, after)).toEqual({ AntiMalware: ["ProtectedVM/shop/a"] });
});

test("a feature that becomes wanted is not behind what happens to the others", async () => {
  const before = [vm("a", { features: ["AntiMalware"] }), appliance("x")];
  const after = [vm("a"), appliance("x", { activation: "Deactivated" })];
  expect(await causes(before, after)).toEqual({
    AntiMalware: ["Appliance/x"],
    Firewall: ["Appliance/x", "ProtectedVM/shop/a"],
  });
});

test("a module, a feature that is no longer wanted: the VM itself, for those features alone", async () => {
  const before = [vm("a", AGENT), appliance("x")];
  const after = [
    vm("a", { features: ["AntiMalware"], agent: { state: "Activated", modules: [] } }),
    appliance("x", { activation: "Deactivated" }),
  ];
  expect(await causes(before, after)).toEqual({
    AntiMalware: ["Appliance/x", "ProtectedVM/shop/a"],
    Firewall: ["Appliance/x", "ProtectedVM/shop/a"],
  });
});

test("a move to another appliance names both, and needs a delivery", async () => {
  const { groups, counts } = await planOf(
    [vm("a"), appliance("x"), appliance("y", { activation: "Deactivated" })],
    [vm("a"), appliance("x", { activation: "Deactivated" }), appliance("y")],
  );
  expect(groups.map(({ change, feature, messages }) => [change, feature, ...messages])).toEqual([
    ["OtherAppliance", "AntiMalware", "x -> y"],
    ["OtherAppliance", "Firewall", "x -> y"],
  ]);
  expect(counts).toMatchObject({ moves: 2, movesTo: { otherAppliance: 2 }, deliveries: 1, losses: 0 });
});

test("an appliance that is newly refused is told, although nobody depends on it", async () => {
  const { counts, acceptance } = await planOf([appliance("x")], [appliance("x"), appliance("y")]);
  expect([counts.rejected, acceptance.map(({ name, to }) => [name, to?.reason])]).toEqual([1, [["y", "HostConflict"]]]);
});

test("edits that are alike are one cause; those that have too little in common are told by their fields", async () => {
  const range = Array.from({ length: 12 }, (_, n) => n);
  const policies = (change: (n: number) => object) => range.map((n) => policy(`p-${n}`, change(n)));
  const from = policies(() => ({}));
  const texts = async (to: readonly object[]) =>
    (await planOf(from, to)).causes.map(({ text, objects }) => [text, objects.count]);
  expect(await texts(policies(() => ({ priority: 7 })))).toEqual([["priority 0 -> 7", 12]]);
  expect(await texts(policies((n) => ({ priority: n })))).toEqual([["priority", 11]]);
  expect(await texts(policies((n) => ({ vmSelector: { matchLabels: { [`l${n}`]: "x" } } })))).toEqual([
    ["changed in various fields", 12],
  ]);
});

test("the order within lists is no edit, nor is an object without fields", async () => {
  const selecting = (values: string[], keys: string[]) =>
    policy("p", { vmSelector: { matchExpressions: keys.map((key) => ({ key, operator: "In", values })) } });
  const { edits } = await planOf(
    [selecting(["x", "y"], ["a", "b"]), vm("a", { features: ["Firewall", "AntiMalware"], affinity: {} })],
    [selecting(["y", "x"], ["b", "a"]), vm("a", { features: ["AntiMalware", "Firewall"] })],
  );
  expect(edits.size).toBe(0);
});

test("of several rivals the one that is new appears as a conflict, and no other", async () => {
  const says = (name: string, network: string) => policy(name, { affinity: { network } });
  const before = [vm("a"), says("p", "AgentOnly"), says("q", "ApplianceOnly")];
  const { conflicts, counts } = await planOf(before, [...before, says("r", "AppliancePreferred")]);
  expect(
    conflicts.map(({ policy, rival, group, appears, ends }) => [policy, rival, group, appears.count, ends.count]),
  ).toEqual([["p", "r", "network", 1, 0]]);
  expect([counts.conflicts, counts.ended.conflicts]).toEqual([1, 0]);
});

test("changes that are alike are in one group only if they have the same cause", async () => {
  const labelled = (name: string) => policy(name, { vmSelector: { matchLabels: { app: name } } });
  const vms = [vm("a", AGENT, { app: "p" }), vm("b", AGENT, { app: "q" }), appliance("x")];
  const set = (name: string, spec: object) => {
    const affinity = { antiMalware: "AgentOnly" };
    return policy(name, { vmSelector: { matchLabels: { app: name } }, affinity, ...spec });
  };
  const { groups, causes: all } = await planOf(
    [...vms, labelled("p"), labelled("q")],
    [...vms, set("p", {}), set("q", { priority: 9 })],
  );
  expect(all.map(({ text }) => text)).toEqual([
    "affinity.antiMalware none -> AgentOnly",
    "affinity.antiMalware none -> AgentOnly, priority 0 -> 9",
  ]);
  expect(groups.map(({ vms: { first }, causes: [cause] }) => [first, cause?.number])).toEqual([
    [["shop/a"], 1],
    [["shop/b"], 2],
  ]);
});

test("labels of a policy are no edit; another reason to refuse an appliance is told, and not counted as new", async () => {
  const labelled = { ...policy("p"), metadata: { name: "p", labels: { team: "x" } } };
  const { edits, acceptance, counts } = await planOf(
    [policy("p"), appliance("x", { version: "9.4" })],
    [labelled, appliance("x", { version: "9.5" })],
  );
  expect([edits.size, acceptance.length, counts.rejected, counts.ended.rejected]).toEqual([1, 1, 0, 0]);
});
