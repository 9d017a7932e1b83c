import { describe, expect, test } from "vitest";
import type { Appliance } from "../../src/api/kinds.ts";
import { appliance, condition, found, raw, resolve, row, statusOf, vm } from "./estate.ts";

const off = { activation: "Deactivated" } as const;
const old = { version: "9.5" } as const;

/** Who is in charge of esx-1, and why each of its appliances is accepted or not, by name. */
function r1(...appliances: Appliance[]) {
  const one = statusOf(vm("a"), { appliances });
  const statuses = resolve({ appliances, vms: [vm("a")] }).appliances;
  const accepted = [...statuses].map(([name, status]) => `${name} ${found(condition(status, "Accepted")).reason}`);
  return { inCharge: one.appliance, mode: one.mode, accepted: accepted.sort() };
}

describe("R1: appliance in charge", () => {
  test("none", () => {
    expect(r1()).toEqual({ inCharge: undefined, mode: "Unprotected", accepted: [] });
    expect(r1(appliance("a", { hostName: "esx-2" })).inCharge).toBe(undefined);
  });

  test("a VM that is placed on no host has none", () => {
    const { hostName: _, ...spec } = vm("a").spec;
    for (const nowhere of [
      { ...vm("a"), spec },
      { ...vm("a"), spec: { ...spec, hostName: raw<string>(null) } },
    ]) {
      const status = statusOf(nowhere, { appliances: [appliance("x")] });
      expect(status.appliance).toBe(undefined);
      expect(row(status, "AntiMalware").message).toBe("The VM is placed on no host; The agent is not installed");
    }
  });

  test("the first activated one by name; the others are in conflict", () => {
    const accepted = ["a Accepted", "b HostConflict", "c HostConflict"];
    for (const names of ["abc", "cba", "bca"]) {
      const appliances = [...names].map((name) => appliance(name));
      expect(r1(...appliances)).toEqual({ inCharge: "a", mode: "Agentless", accepted });
    }
  });

  test("an activated one before a deactivated one that is first by name, which is accepted", () => {
    expect(r1(appliance("a", off), appliance("b"), appliance("c"))).toEqual({
      inCharge: "b",
      mode: "Agentless",
      accepted: ["a Accepted", "b Accepted", "c HostConflict"],
    });
  });

  test("all deactivated: the first by name, all are accepted, and nothing is protected", () => {
    expect(r1(appliance("b", off), appliance("a", off))).toEqual({
      inCharge: "a",
      mode: "Unprotected",
      accepted: ["a Accepted", "b Accepted"],
    });
  });

  test("one that is too old does not count, activated or not", () => {
    expect(r1(appliance("a", old), appliance("b"))).toEqual({
      inCharge: "b",
      mode: "Agentless",
      accepted: ["a UnsupportedVersion", "b Accepted"],
    });
    expect(r1(appliance("a", { ...old, ...off }), appliance("b", off))).toEqual({
      inCharge: "b",
      mode: "Unprotected",
      accepted: ["a UnsupportedVersion", "b Accepted"],
    });
    expect(r1(appliance("a", old))).toEqual({
      inCharge: undefined,
      mode: "Unprotected",
      accepted: ["a UnsupportedVersion"],
    });
  });

  test("too old beside the one in charge is too old, not in conflict: only those that count can conflict", () => {
    expect(r1(appliance("a"), appliance("b", old)).accepted).toEqual(["a Accepted", "b UnsupportedVersion"]);
  });

  test.each([
    ["9.6", "Agentless"],
    ["9.6.0", "Agentless"],
    ["12", "Agentless"],
    ["20.0.10", "Agentless"],
    ["9.5.9", "Unprotected"],
    ["9", "Unprotected"],
  ])("version %s: %s", (version, mode) => {
    expect(r1(appliance("a", { version })).mode).toBe(mode);
  });

  test("null is absent: activated, any version, both services", () => {
    const nulls = { activation: null, version: null, services: null, license: null };
    expect(r1(appliance("a", raw<Appliance["spec"]>(nulls)))).toEqual(r1(appliance("a")));
  });

  test("names are ordered by bytes, digits before letters, not as numbers", () => {
    expect(r1(appliance("dsva-2"), appliance("dsva-10")).inCharge).toBe("dsva-10");
    expect(r1(appliance("a.b"), appliance("a-b"), appliance("a0")).inCharge).toBe("a-b");
  });

  test("each host has its own", () => {
    const appliances = [appliance("a", { hostName: "esx-2" }), appliance("b")];
    const vms = [vm("x"), vm("y", { hostName: "esx-2" })];
    const statuses = resolve({ appliances, vms });
    expect([...statuses.vms.values()].map((status) => status.appliance)).toEqual(["b", "a"]);
    expect([...statuses.appliances.values()].map((status) => summaryOf(status))).toEqual(["Accepted", "Accepted"]);
  });

  test("a conflict is named with the host and the one in charge; counts of the other are zero", () => {
    const statuses = resolve({ appliances: [appliance("a"), appliance("b")], vms: [vm("x")] });
    const status = found(statuses.appliances.get("b"));
    expect(condition(status, "Accepted")?.message).toContain("Host esx-1 ");
    expect(condition(status, "Accepted")?.message).toContain("appliance a,");
    expect(status).toMatchObject({ vms: 1, features: [], protects: 0 });
    expect(status.impact).toEqual({ vms: 0, moves: 0, installs: 0, losses: 0 });
  });
});

function summaryOf(status: Parameters<typeof condition>[0]): string | undefined {
  return condition(status, "Accepted")?.reason;
}
