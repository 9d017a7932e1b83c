import { describe, expect, test } from "vitest";
import type { Affinity, Appliance, Feature, Group, GuestOS, ProtectedVM } from "../../src/api/kinds.ts";
import { appliance, condition, policy, row, statusOf, vm } from "./estate.ts";

type Agent = NonNullable<ProtectedVM["spec"]["agent"]>;

const GROUP_OF: [Feature, Group][] = [
  ["AntiMalware", "antiMalware"],
  ["WebReputation", "network"],
  ["Firewall", "network"],
  ["IntrusionPrevention", "network"],
  ["IntegrityMonitoring", "integrityMonitoring"],
];
const AGENT_ONLY: Feature[] = ["LogInspection", "ApplicationControl"];
const ALL = [...GROUP_OF.map(([feature]) => feature), ...AGENT_ONLY];
const activated: Agent = { state: "Activated", modules: ALL };

/** SPEC R6, cell by cell: affinity, A and G, A only, G only, neither. */
const TABLE: [Affinity, string, string, string, string][] = [
  ["AppliancePreferred", "Appliance, Preferred", "Appliance, Preferred", "Agent, Fallback", "None, NoSource"],
  ["AgentPreferred", "Agent, Preferred", "Appliance, Fallback", "Agent, Preferred", "None, NoSource"],
  ["ApplianceOnly", "Appliance, Preferred", "Appliance, Preferred", "None, NoFallback", "None, NoFallback"],
  ["AgentOnly", "Agent, Preferred", "None, NoFallback", "Agent, Preferred", "None, NoFallback"],
];
const STATES: [string, boolean, boolean][] = [
  ["A and G", true, true],
  ["A only", true, false],
  ["G only", false, true],
  ["neither", false, false],
];
const CELLS = TABLE.flatMap(([affinity, ...cells]) =>
  STATES.map(([state, a, g], column) => ({ affinity, state, a, g, cell: cells[column] ?? "" })),
);

const NO_APPLIANCE = "Appliance dsva is deactivated";
const NO_AGENT = "The agent is deactivated";

/** SPEC section 4, row messages, for an appliance and an agent that are deactivated where they are not available. */
function messageOf(affinity: Affinity, cell: string): string {
  const appliance = affinity === "AppliancePreferred" || affinity === "ApplianceOnly";
  if (cell.endsWith("Preferred")) return "";
  if (cell.endsWith("NoSource")) return `${NO_APPLIANCE}; ${NO_AGENT}`;
  return appliance ? NO_APPLIANCE : NO_AGENT;
}

describe("R6: source of a wanted feature", () => {
  describe.each(CELLS)("$affinity, $state: $cell", ({ affinity, a, g, cell }) => {
    test.each(GROUP_OF)("%s", (feature, group) => {
      const one = vm("a", {
        features: [feature],
        affinity: { [group]: affinity },
        agent: { ...activated, state: g ? "Activated" : "Deactivated" },
      });
      const status = statusOf(one, {
        appliances: [appliance("dsva", { activation: a ? "Activated" : "Deactivated" })],
      });
      expect(status.features).toHaveLength(1);
      const { source, reason, message, state, decidedBy, ...rest } = row(status, feature);
      expect(`${source}, ${reason}`).toBe(cell);
      expect(message).toBe(messageOf(affinity, cell));
      expect(state).toBe(source === "None" ? "Unprotected" : "Active");
      expect(decidedBy).toBe("VM");
      expect(rest.affinity).toBe(affinity);
    });
  });

  test.each(CELLS)("$affinity, $state, but A because the appliance is not able: as if it were not there", (cell) => {
    const { affinity, g } = cell;
    const able = CELLS.find((other) => other.affinity === affinity && other.g === g && !other.a);
    const agent: Agent = { ...activated, state: g ? "Activated" : "Deactivated" };
    for (const [feature, group] of GROUP_OF) {
      const one = vm("a", { features: [feature], affinity: { [group]: affinity }, agent });
      const { source, reason, message } = row(
        statusOf(one, { appliances: [appliance("dsva", { services: [] })] }),
        feature,
      );
      expect(`${source}, ${reason}`).toBe(able?.cell);
      const service = group === "network" ? "NetworkIntrospection" : "GuestIntrospection";
      const expected = messageOf(affinity, able?.cell ?? "").replace(NO_APPLIANCE, `Appliance dsva has no ${service}`);
      expect(message).toBe(expected);
    }
  });

  test.each(AGENT_ONLY)("%s is AgentOnly by nature, whatever is set", (feature) => {
    const all = {
      antiMalware: "ApplianceOnly",
      network: "ApplianceOnly",
      integrityMonitoring: "ApplianceOnly",
    } as const;
    const others = { appliances: [appliance("dsva")], policies: [policy("p", { affinity: all })] };
    const withAgent = row(statusOf(vm("a", { features: [feature], affinity: all, agent: activated }), others), feature);
    expect(withAgent).toMatchObject({
      affinity: "AgentOnly",
      decidedBy: "Fixed",
      source: "Agent",
      state: "Active",
      reason: "Preferred",
      message: "",
    });
    const without = row(statusOf(vm("a", { features: [feature], affinity: all }), others), feature);
    expect(without).toMatchObject({
      affinity: "AgentOnly",
      decidedBy: "Fixed",
      source: "None",
      state: "Unprotected",
      reason: "NoFallback",
      message: "The agent is not installed",
    });
  });
});

describe("R2: available", () => {
  const source = (agent?: Agent) => row(statusOf(vm("a", agent && { agent })), "AntiMalware").source;

  test("installed is not enough", () => {
    expect(source()).toBe("None");
    expect(source({ state: "NotInstalled", modules: ["AntiMalware"] })).toBe("None");
    expect(source({ state: "Deactivated", modules: ["AntiMalware"] })).toBe("None");
    expect(source({ state: "Activated", modules: ["AntiMalware"] })).toBe("Agent");
  });

  test.each([
    ["9.6", "Agent"],
    ["9.6.0.0", "Agent"],
    ["20.0.0.8137", "Agent"],
    ["10", "Agent"],
    ["9.5", "None"],
    ["9.5.99", "None"],
    ["9", "None"],
    ["0", "None"],
  ])("an activated agent of version %s: %s", (version, expected) => {
    const one = vm("a", { agent: { ...activated, version } });
    const status = statusOf(one);
    expect(row(status, "AntiMalware").source).toBe(expected);
    const unsupported = condition(status, "AgentUnsupported");
    if (expected === "Agent") return expect(unsupported).toBe(undefined);
    expect(unsupported).toMatchObject({ status: "True", reason: "UnsupportedVersion" });
    expect(row(status, "AntiMalware").message).toBe(
      `Host esx-1 has no accepted appliance; The agent's version ${version} is below 9.6`,
    );
  });

  test("an agent that is too old and not activated is not called unsupported", () => {
    for (const state of ["Deactivated", "NotInstalled"] as const)
      expect(condition(statusOf(vm("a", { agent: { state, version: "9.5" } })), "AgentUnsupported")).toBe(undefined);
  });
});

describe("R3: mode", () => {
  test.each([
    [true, true, "Combined"],
    [true, false, "Agentless"],
    [false, true, "AgentBased"],
    [false, false, "Unprotected"],
  ])("appliance %s, agent %s: %s", (a, g, mode) => {
    const one = vm("a", g ? { agent: activated } : {});
    const appliances = [appliance("dsva", { activation: a ? "Activated" : "Deactivated" })];
    expect(statusOf(one, { appliances }).mode).toBe(mode);
  });

  test("is about availability, not about what is able or used", () => {
    const unable = [appliance("dsva", { services: [] })];
    expect(statusOf(vm("a", { agent: activated }), { appliances: unable }).mode).toBe("Combined");
    const log = vm("a", { features: ["LogInspection"] });
    expect(statusOf(log, { appliances: [appliance("dsva")] }).mode).toBe("Agentless");
  });
});

describe("R4: what the appliance can do", () => {
  const GI = "GuestIntrospection";
  const NI = "NetworkIntrospection";
  const GUEST = ["AntiMalware", "IntegrityMonitoring"];
  const NETWORK = ["WebReputation", "Firewall", "IntrusionPrevention"];
  const services: [Appliance["spec"]["services"], string[], string[]][] = [
    [undefined, GUEST, NETWORK],
    [[GI, NI], GUEST, NETWORK],
    [[NI, GI], GUEST, NETWORK],
    [[GI], GUEST, []],
    [[NI], [], NETWORK],
    [[], [], []],
  ];
  const guests: GuestOS[] = ["Windows", "Linux", "Other"];

  test.each(services.flatMap((one) => guests.map((guestOS) => [...one, guestOS] as const)))(
    "services %j: %j on Windows, %j anywhere; the guest is %s",
    (offered, onWindows, anywhere, guestOS) => {
      const spec = offered === undefined ? {} : { services: offered };
      const status = statusOf(vm("a", { guestOS, features: ALL }), { appliances: [appliance("dsva", spec)] });
      const expected = [...(guestOS === "Windows" ? onWindows : []), ...anywhere];
      const byAppliance = status.features?.filter(({ source }) => source === "Appliance").map(({ name }) => name);
      expect(new Set(byAppliance)).toEqual(new Set(expected));
    },
  );

  test("the agent can do all seven, on any guest", () => {
    for (const guestOS of guests) {
      const status = statusOf(vm("a", { guestOS, features: ALL, agent: activated }));
      expect(status.features?.map(({ source }) => source)).toEqual(ALL.map(() => "Agent"));
      expect(status.coverage).toBe("7/7");
    }
  });
});

describe("R12: no opt-out in combined mode", () => {
  const optOut = (agent?: Agent) =>
    vm("a", { features: ["AntiMalware", "Firewall"], applianceProtection: "Disabled", ...(agent && { agent }) });
  const appliances = [appliance("dsva")];
  const off = [appliance("dsva", { activation: "Deactivated" })];

  test("agentless: the appliance is taken away", () => {
    for (const state of ["NotInstalled", "Deactivated"] as const) {
      const status = statusOf(optOut({ ...activated, state }), { appliances });
      expect(status.mode).toBe("Unprotected");
      expect(status.appliance).toBe("dsva");
      expect(status.forecast).toBe(undefined);
      expect(row(status, "AntiMalware").message).toContain("Appliance protection is disabled for this VM; ");
      expect(condition(status, "ApplianceOptOutRefused")).toBe(undefined);
    }
  });

  test("an agent that is too old is none: the appliance is taken away", () => {
    const status = statusOf(optOut({ ...activated, version: "9.5" }), { appliances });
    expect(status.mode).toBe("Unprotected");
    expect(condition(status, "ApplianceOptOutRefused")).toBe(undefined);
  });

  test("combined: refused, the appliance stays, and the condition says what to do instead", () => {
    const status = statusOf(optOut(activated), { appliances });
    expect(status.mode).toBe("Combined");
    expect(row(status, "AntiMalware").source).toBe("Appliance");
    const refused = condition(status, "ApplianceOptOutRefused");
    expect(refused).toMatchObject({ status: "True", reason: "CombinedMode" });
    expect(refused?.message).toContain("AgentOnly");
  });

  test("agent-based: nothing to take away and nothing to refuse", () => {
    for (const others of [{}, { appliances: off }]) {
      const status = statusOf(optOut(activated), others);
      expect(status.mode).toBe("AgentBased");
      expect(condition(status, "ApplianceOptOutRefused")).toBe(undefined);
    }
  });

  test("unprotected: the first obstacle is named, not the opt-out", () => {
    expect(row(statusOf(optOut(), { appliances: off }), "AntiMalware").message).toBe(
      "Appliance dsva is deactivated; The agent is not installed",
    );
  });

  test("forecast: without the agent it is no combined mode, and the opt-out takes the appliance too", () => {
    const { forecast } = statusOf(optOut(activated), { appliances });
    expect(forecast?.agentDeactivated).toEqual({ moves: [], losses: ["AntiMalware", "Firewall"] });
    expect(forecast?.applianceDeactivated).toEqual({ moves: ["AntiMalware"], installs: [], losses: [] });
  });

  test("Enabled and absent are the same", () => {
    const enabled = vm("a", { applianceProtection: "Enabled" });
    expect(statusOf(enabled, { appliances })).toEqual(statusOf(vm("a"), { appliances }));
  });
});
