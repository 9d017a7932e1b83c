import { describe, expect, test } from "vitest";
import type { ProtectedVM } from "../../src/api/kinds.ts";
import { appliance, statusOf, vm } from "./estate.ts";

type Agent = NonNullable<ProtectedVM["spec"]["agent"]>;

const activated: Agent = { state: "Activated", modules: ["AntiMalware", "Firewall", "IntegrityMonitoring"] };
const bare: Agent = { state: "Activated" };
const both = ["AntiMalware", "Firewall"] as ProtectedVM["spec"]["features"];
const GI = { services: ["GuestIntrospection" as const] };
const NI = { services: ["NetworkIntrospection" as const] };
const off = { activation: "Deactivated" as const };

describe("R9: forecast", () => {
  test("combined: what prefers a source moves, in both directions", () => {
    const { forecast } = statusOf(vm("a", { features: both, agent: bare }), { appliances: [appliance("dsva")] });
    expect(forecast).toEqual({
      agentDeactivated: { moves: ["Firewall"], losses: [] },
      applianceDeactivated: { moves: ["AntiMalware"], installs: ["AntiMalware"], losses: [] },
    });
  });

  test("a module that is there already needs no install", () => {
    const { forecast } = statusOf(vm("a", { features: both, agent: activated }), { appliances: [appliance("dsva")] });
    expect(forecast?.applianceDeactivated).toEqual({ moves: ["AntiMalware"], installs: [], losses: [] });
  });

  test("an install that is outstanding now is not one of the moves", () => {
    const one = vm("a", { features: both, agent: bare, affinity: { antiMalware: "AgentOnly" } });
    const { forecast, requiredModules } = statusOf(one, { appliances: [appliance("dsva")] });
    expect(requiredModules).toEqual(["AntiMalware", "Firewall"]);
    expect(forecast?.applianceDeactivated).toEqual({ moves: [], installs: [], losses: [] });
  });

  test("Only never moves: it is lost", () => {
    const affinity = { antiMalware: "ApplianceOnly", network: "AgentOnly" } as const;
    const one = vm("a", { features: both, agent: bare, affinity });
    expect(statusOf(one, { appliances: [appliance("dsva")] }).forecast).toEqual({
      agentDeactivated: { moves: [], losses: ["Firewall"] },
      applianceDeactivated: { moves: [], installs: [], losses: ["AntiMalware"] },
    });
  });

  test("what the other cannot do is lost", () => {
    const one = vm("a", { guestOS: "Linux", features: ["AntiMalware", "Firewall", "LogInspection"], agent: bare });
    expect(statusOf(one, { appliances: [appliance("dsva")] }).forecast).toEqual({
      agentDeactivated: { moves: ["Firewall"], losses: ["AntiMalware", "LogInspection"] },
      applianceDeactivated: { moves: [], installs: [], losses: [] },
    });
  });

  test("absent where the source is not available, and altogether where neither is", () => {
    const appliances = [appliance("dsva")];
    const agentless = statusOf(vm("a", { features: both }), { appliances }).forecast;
    expect(agentless).toEqual({ applianceDeactivated: { moves: [], installs: [], losses: both } });
    const agentBased = statusOf(vm("a", { features: both, agent: bare })).forecast;
    expect(agentBased).toEqual({ agentDeactivated: { moves: [], losses: both } });
    expect(statusOf(vm("a"))).not.toHaveProperty("forecast");
    expect(statusOf(vm("a"), { appliances: [appliance("dsva", off)] })).not.toHaveProperty("forecast");
    expect(statusOf(vm("a", { agent: { ...bare, version: "9.5" } }))).not.toHaveProperty("forecast");
  });

  test("what is unprotected already is not lost", () => {
    const one = vm("a", { features: ["Firewall", "LogInspection"] });
    const { forecast } = statusOf(one, { appliances: [appliance("dsva")] });
    expect(forecast?.applianceDeactivated?.losses).toEqual(["Firewall"]);
  });

  test("a successor takes over: from one appliance to another is no move, no install, no loss", () => {
    const appliances = [appliance("a"), appliance("b")];
    const nothing = { moves: [], installs: [], losses: [] };
    expect(statusOf(vm("x", { features: both }), { appliances }).forecast?.applianceDeactivated).toEqual(nothing);
    expect(statusOf(vm("x", { features: both, agent: bare }), { appliances }).forecast?.applianceDeactivated).toEqual(
      nothing,
    );
  });

  test("a successor with fewer services: the rest moves or is lost", () => {
    const appliances = [appliance("a"), appliance("b", NI)];
    expect(statusOf(vm("x", { features: both }), { appliances }).forecast?.applianceDeactivated).toEqual({
      moves: [],
      installs: [],
      losses: ["AntiMalware"],
    });
    expect(statusOf(vm("x", { features: both, agent: bare }), { appliances }).forecast?.applianceDeactivated).toEqual({
      moves: ["AntiMalware"],
      installs: ["AntiMalware"],
      losses: [],
    });
  });

  test("a successor with other services: what the agent did for want of a service moves to it", () => {
    const appliances = [appliance("a", NI), appliance("b", GI)];
    const affinity = { network: "AppliancePreferred" } as const;
    const { forecast } = statusOf(vm("x", { features: both, agent: bare, affinity }), { appliances });
    expect(forecast?.applianceDeactivated).toEqual({
      moves: ["AntiMalware", "Firewall"],
      installs: ["Firewall"],
      losses: [],
    });
  });

  test("no successor: deactivated, too old, or elsewhere", () => {
    for (const other of [
      appliance("b", off),
      appliance("0", off),
      appliance("b", { version: "9.5" }),
      appliance("0", { version: "9.5" }),
      appliance("b", { hostName: "esx-2" }),
    ]) {
      const { forecast } = statusOf(vm("x"), { appliances: [appliance("a"), other] });
      expect(forecast?.applianceDeactivated?.losses).toEqual(["AntiMalware"]);
    }
  });

  test("the successor is the next activated one that counts, whatever lies between", () => {
    const appliances = [appliance("a"), appliance("b", off), appliance("c", { version: "9.5" }), appliance("d", GI)];
    const { forecast } = statusOf(vm("x", { features: both }), { appliances });
    expect(forecast?.applianceDeactivated?.losses).toEqual(["Firewall"]);
  });

  test("below 10.0 the forecast follows the defaults", () => {
    const one = vm("x", { agent: bare, affinity: { antiMalware: "ApplianceOnly" } });
    const appliances = [appliance("a")];
    const moves = { moves: ["AntiMalware"], installs: ["AntiMalware"], losses: [] };
    expect(statusOf(one, { appliances, managerVersion: "9.6" }).forecast?.applianceDeactivated).toEqual(moves);
  });
});
