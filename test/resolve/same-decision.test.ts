import { expect, test } from "vitest";
import { keyOf } from "../../src/api/object.ts";
import { isSameDecision } from "../../src/resolve/explain/same-decision.ts";
import { decide, vmStatus, World } from "../../src/resolve/index.ts";
import { appliance, type Estate, found, NOW, policy, vm } from "./estate.ts";

type Parts = Pick<Estate, "vms" | "appliances" | "policies">;

const agent = { state: "Activated", modules: ["AntiMalware"] } as const;
const base: Parts = {
  vms: [
    vm("a", { features: ["AntiMalware", "IntegrityMonitoring"], agent: { ...agent, modules: [...agent.modules] } }),
  ],
  appliances: [appliance("x")],
  policies: [
    policy("p", { affinity: { network: "AgentOnly" } }),
    policy("q", { affinity: { network: "ApplianceOnly" } }),
  ],
};

function decided({ vms: [one], appliances, policies }: Parts) {
  const world = new World("20.0");
  const object = found(one);
  world.setVm(object);
  for (const each of appliances) world.setAppliance(each);
  for (const each of policies) world.setPolicy(each);
  const entry = found(world.vms.get(keyOf(object)));
  const side = { entry, decision: decide(world, entry) };
  return { side, status: vmStatus(object, side, NOW) };
}

const withVm = (spec: Parameters<typeof vm>[1], parts: Partial<Parts> = {}): Parts => ({
  ...base,
  ...parts,
  vms: [vm("a", { ...found(base.vms[0]).spec, ...spec })],
});
const old = (version: string) => withVm({ agent: { state: "Activated", version } });
const noIntrospection = { appliances: [appliance("x", { services: ["NetworkIntrospection"] })] };
const linux = (guestOS: "Linux" | "Other") => withVm({ guestOS });
const rivals = (priority: number, third: string) => ({
  ...base,
  policies: [
    policy("p", { priority, affinity: { network: "AgentOnly" } }),
    policy(third, { priority, affinity: { network: "ApplianceOnly" } }),
  ],
});

/** Pairs that differ in nothing but what their names say. */
const PAIRS: Readonly<Record<string, readonly [Parts, Parts]>> = {
  "the modules of an agent": [base, withVm({ agent: { state: "Activated", modules: [] } })],
  "the modules of an agent that is alone": [
    { ...base, appliances: [] },
    withVm({ agent: { state: "Activated", modules: [] } }, { appliances: [] }),
  ],
  "why an agent does nothing": [
    withVm({ agent: { state: "Deactivated" } }, { appliances: [] }),
    withVm({ agent: { state: "NotInstalled" } }, { appliances: [] }),
  ],
  "an appliance that is deactivated, for a VM that has opted out": [
    withVm({ agent: { state: "NotInstalled" }, applianceProtection: "Disabled" }),
    withVm(
      { agent: { state: "NotInstalled" }, applianceProtection: "Disabled" },
      { appliances: [appliance("x", { activation: "Deactivated" })] },
    ),
  ],
  "the services of an appliance, of which a Linux guest has nothing": [
    withVm({ guestOS: "Linux", features: ["AntiMalware"] }),
    withVm({ guestOS: "Linux", features: ["AntiMalware"] }, noIntrospection),
  ],
  "an agent's licence": [base, withVm({ agent: { ...found(found(base.vms[0]).spec.agent), licensedFeatures: [] } })],
  "the version of an agent that is too old": [old("9.4"), old("9.5")],
  "the guest's system, which no appliance can help": [linux("Linux"), linux("Other")],
  "an opt-out that is refused": [
    withVm({}, noIntrospection),
    withVm({ applianceProtection: "Disabled" }, noIntrospection),
  ],
  "a host without an appliance": [
    { ...withVm({ hostName: "esx-8" }), appliances: [] },
    { ...withVm({ hostName: "esx-9" }), appliances: [] },
  ],
  "who would take over from the appliance": [base, { ...base, appliances: [...base.appliances, appliance("y")] }],
  "the name of the appliance": [base, { ...base, appliances: [appliance("y")] }],
  "an appliance that is deactivated and not away": [
    { ...base, appliances: [appliance("x", { activation: "Deactivated" })] },
    { ...base, appliances: [] },
  ],
  "the priority at which policies disagree": [rivals(1, "q"), rivals(2, "q")],
  "the policy that disagrees": [rivals(1, "q"), rivals(1, "r")],
  "who decides the same": [
    { ...base, policies: [] },
    { ...base, policies: [policy("d", { affinity: { antiMalware: "AppliancePreferred" } })] },
  ],
};

for (const [name, [one, other]] of Object.entries(PAIRS)) {
  test(`not the same: ${name}`, () => {
    const [a, b] = [decided(one), decided(other)];
    expect(a.status).not.toEqual(b.status);
    expect([isSameDecision(a.side, b.side), isSameDecision(b.side, a.side)]).toEqual([false, false]);
    expect(isSameDecision(a.side, decided(one).side)).toBe(true);
  });
}
