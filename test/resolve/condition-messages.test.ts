import { expect, test } from "vitest";
import type { ProtectedVM, VmStatus } from "../../src/api/kinds.ts";
import { appliance, condition, type Estate, found, policy, raw, resolve, statusOf, vm } from "./estate.ts";

// What a person reads, word for word: it has to name what is concerned, and what to do.

type Spec = ProtectedVM["spec"];

const both: Spec["features"] = ["AntiMalware", "Firewall"];
const dsva = { appliances: [appliance("dsva")] };

const said = (type: string, one: ProtectedVM, others: Partial<Estate> = {}) =>
  condition(statusOf(one, others), type)?.message;

test("an install that a fallback needs, and one that nothing avoids", () => {
  const fallback = vm("a", { features: both, agent: { state: "Activated" } });
  expect(said("Protected", fallback)).toBe(
    "Not installed on the agent yet: AntiMalware, Firewall; to avoid an install after a fallback, " +
      "install the module beforehand or choose ApplianceOnly (AntiMalware)",
  );
  const preferred = vm("a", { features: ["Firewall"], agent: { state: "Activated" } });
  expect(said("Protected", preferred)).toBe("Not installed on the agent yet: Firewall");
});

test("reports of errors: each source with what is concerned, All first, then in feature order", () => {
  const one = vm("a", { features: both, agent: { state: "Activated", modules: both } });
  const healthOf = (...reports: string[]) => {
    const all = reports.map((report) => {
      const [source, feature, health] = report.split(" ");
      return { source, feature, health };
    });
    return said("Healthy", { ...one, status: raw<VmStatus>({ reports: all }) }, dsva);
  };
  const end = ", and protection does not move on errors";
  expect(healthOf("Agent Firewall Error")).toBe(`Agent: Firewall${end}`);
  expect(healthOf("Agent Firewall Error", "Agent All Offline", "Agent Firewall Warning")).toBe(
    `Agent: All, Firewall${end}`,
  );
  expect(healthOf("Agent Firewall Offline", "Appliance All Error")).toBe(`Appliance: All; Agent: Firewall${end}`);
  expect(healthOf("Agent Firewall Healthy", "Appliance All Warning")).toBe("No source in use reports an error");
});

test("ties between policies: on the VM group by group, on the policy all others", () => {
  const policies = [
    policy("a", { priority: 5, affinity: { antiMalware: "AgentOnly", network: "AgentOnly" } }),
    policy("b", { priority: 5, affinity: { antiMalware: "ApplianceOnly", network: "ApplianceOnly" } }),
    policy("c", { priority: 5, affinity: { network: "AgentPreferred" } }),
  ];
  expect(said("PolicyConflict", vm("a"), { policies })).toBe(
    "antiMalware: a decides over b at priority 5; network: a decides over b, c at priority 5",
  );
  const { policies: statuses } = resolve({ policies, vms: [vm("a")] });
  expect(condition(found(statuses.get("a")), "Conflicted")?.message).toBe(
    "At the same priority other policies answer differently: b (antiMalware), b (network), c (network); the first by name decides",
  );
});

test("versions that do not count are named", () => {
  const old = vm("a", { agent: { state: "Activated", version: "9.5.1" } });
  expect(said("AgentUnsupported", old)).toBe("The agent's version 9.5.1 is below 9.6: it protects nothing");
  const { appliances } = resolve({ appliances: [appliance("dsva", { version: "9.5" })] });
  expect(condition(found(appliances.get("dsva")), "Accepted")?.message).toBe(
    "Version 9.5 is below 9.6; the appliance does not count",
  );
});

test.each([
  ["In", [], "operator In of key tier needs at least one value"],
  ["NotIn", undefined, "operator NotIn of key tier needs at least one value"],
  ["Exists", ["x"], "operator Exists of key tier takes no values"],
  ["Gt", ["1"], '"Gt" is no operator'],
  ["In", [5], '"5" can be no value of label tier'],
])("a selector that no schema refused (%s %j)", (operator, values, problem) => {
  const vmSelector = raw<Spec>({ matchExpressions: [{ key: "tier", operator, values }] });
  const { policies } = resolve({ policies: [policy("p", { vmSelector: raw(vmSelector) })] });
  expect(condition(found(policies.get("p")), "Accepted")?.message).toBe(
    `spec.vmSelector: ${problem}; the policy selects nothing`,
  );
});
