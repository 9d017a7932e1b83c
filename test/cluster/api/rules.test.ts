import { describe, expect, test } from "vitest";
import type { Affinity, AffinityPolicy, Appliance, FeatureRow, ProtectedVM } from "../../../src/api/kinds.ts";
import type { KubeObject } from "../../../src/api/object.ts";
import { untilSettled } from "../settled.ts";
import { untilObject } from "../until.ts";
import { appliance, condition, policy, Recorder, untilQuiet, useController, vm } from "./support.ts";

/** A VM's status follows a change within 2 s; counts of policies and appliances are held back for one more. */
const SOON_MS = 2_000;
const COUNTED_MS = 3_000;

const { admin, namespace } = useController();
const refOfVm = (name: string) => ({ kind: "ProtectedVM", namespace, name });
const agentWith = (...modules: FeatureRow["name"][]) => ({ state: "Activated" as const, modules });

/** Waits for as long as it may take. */
async function soon<T extends KubeObject>(
  ref: { kind: string; name: string; namespace?: string },
  what: string,
  condition: (object: T) => boolean,
): Promise<T> {
  return await untilObject<T>(admin, ref, {
    what,
    condition,
    timeoutMs: ref.kind === "ProtectedVM" ? SOON_MS : COUNTED_MS,
  });
}

/** Reports as another program does: by server-side apply, with a field manager of its own. */
async function report(name: string, fieldManager: string, status: object): Promise<void> {
  const object = { apiVersion: "tandem.dev/v1alpha1", kind: "ProtectedVM", metadata: { name, namespace }, status };
  await admin.apply(object as KubeObject, { fieldManager, force: false, subresource: "status" });
}

const rowOf = ({ status }: ProtectedVM, feature: string): FeatureRow | undefined =>
  status?.features?.find(({ name }) => name === feature);

describe("SPEC R6: who protects a feature", () => {
  /** Both available, only the appliance, only the agent, neither. */
  const MODES = ["Combined", "Agentless", "AgentBased", "Unprotected"] as const;
  const TABLE: Record<Affinity, readonly [string, string, string, string]> = {
    AppliancePreferred: ["Appliance, Preferred", "Appliance, Preferred", "Agent, Fallback", "None, NoSource"],
    AgentPreferred: ["Agent, Preferred", "Appliance, Fallback", "Agent, Preferred", "None, NoSource"],
    ApplianceOnly: ["Appliance, Preferred", "Appliance, Preferred", "None, NoFallback", "None, NoFallback"],
    AgentOnly: ["Agent, Preferred", "None, NoFallback", "Agent, Preferred", "None, NoFallback"],
  };
  const AFFINITIES = Object.keys(TABLE) as Affinity[];

  test("sixteen rows, decided by a policy and by the VM itself, and the two that only agents can do", async () => {
    await admin.apply(appliance("r6-on", { hostName: "r6-on" }));
    await admin.apply(appliance("r6-off", { hostName: "r6-off", activation: "Deactivated" }));
    for (const affinity of AFFINITIES) {
      const name = `r6-${affinity.toLowerCase()}`;
      const vmSelector = { matchLabels: { "r6-wants": affinity } };
      await admin.apply(policy(name, { vmSelector, affinity: { antiMalware: affinity } }));
      for (const mode of MODES) {
        const spec: ProtectedVM["spec"] = {
          guestOS: "Windows",
          hostName: mode === "Combined" || mode === "Agentless" ? "r6-on" : "r6-off",
          features: ["AntiMalware", "Firewall", "LogInspection", "ApplicationControl"],
          agent: { state: mode === "Combined" || mode === "AgentBased" ? "Activated" : "Deactivated" },
          affinity: { network: affinity },
        };
        await admin.apply(vm(namespace, `${name}-${mode.toLowerCase()}`, spec, { "r6-wants": affinity }));
      }
    }
    const { vms, appliances } = await untilSettled(admin);
    expect(vms).toHaveLength(16);
    for (const affinity of AFFINITIES) {
      MODES.forEach((mode, column) => {
        const name = `r6-${affinity.toLowerCase()}`;
        const one = vms.find(({ metadata }) => metadata.name === `${name}-${mode.toLowerCase()}`);
        const rows = one?.status?.features?.map((row) =>
          [row.name, row.affinity, row.decidedBy, `${row.source}, ${row.reason}`].join(" | "),
        );
        const expected = TABLE[affinity][column];
        expect(one?.status?.mode).toBe(mode);
        expect(rows, `${affinity}, ${mode}`).toEqual([
          `AntiMalware | ${affinity} | Policy/${name} | ${expected}`,
          `Firewall | ${affinity} | VM | ${expected}`,
          `LogInspection | AgentOnly | Fixed | ${TABLE.AgentOnly[column]}`,
          `ApplicationControl | AgentOnly | Fixed | ${TABLE.AgentOnly[column]}`,
        ]);
      });
    }
    // The first two columns of the table: it protects five of eight VMs, two features each.
    const counted = await untilObject<Appliance>(
      admin,
      { kind: "Appliance", name: "r6-on" },
      { what: "r6-on has counted", condition: ({ status }) => status?.vms === 8 },
    );
    expect(counted.status).toMatchObject({
      features: [
        { name: "AntiMalware", vms: 5 },
        { name: "Firewall", vms: 5 },
      ],
      protects: 10,
      impact: { vms: 5, moves: 2, installs: 2, losses: 8 },
    });
    const off = appliances.find(({ metadata }) => metadata.name === "r6-off");
    expect(off && condition(off, "Accepted")).toBe("True/Accepted");
  });
});

describe("rules that several objects meet in", () => {
  test("R1: the next appliance of the host takes over when the one in charge is deleted, in one write a VM", async () => {
    await admin.apply(appliance("r1-a", { hostName: "r1" }));
    await admin.apply(appliance("r1-b", { hostName: "r1" }));
    const names = ["r1-x", "r1-y", "r1-z"];
    for (const name of names)
      await admin.apply(vm(namespace, name, { guestOS: "Windows", hostName: "r1", features: ["AntiMalware"] }));
    const { appliances } = await untilSettled(admin);
    const second = appliances.find(({ metadata }) => metadata.name === "r1-b");
    expect(second && condition(second, "Stalled")).toBe("True/HostConflict");
    await untilQuiet(admin);
    await using recorder = await Recorder.start<ProtectedVM>(admin, "ProtectedVM", namespace);
    await admin.delete({ kind: "Appliance", name: "r1-a" });
    for (const name of names) {
      const moved = await soon<ProtectedVM>(refOfVm(name), "r1-b is in charge", (o) => o.status?.appliance === "r1-b");
      expect(rowOf(moved, "AntiMalware")).toMatchObject({ source: "Appliance", reason: "Preferred" });
    }
    const ref = { kind: "Appliance", name: "r1-b" };
    const successor = await soon<Appliance>(
      ref,
      "it is accepted",
      (one) => condition(one, "Ready") === "True/Accepted",
    );
    expect(condition(successor, "Stalled")).toBeUndefined();
    await untilQuiet(admin);
    expect(recorder.writes()).toEqual(new Map(names.map((name) => [name, 1])));
  });

  test("R5: a conflict shows on both policies and on the VM, the name decides, and it goes away", async () => {
    const vmSelector = { matchLabels: { r5: "yes" } };
    const pair = [
      policy("r5-a", { priority: 7, vmSelector, affinity: { network: "ApplianceOnly", antiMalware: "AgentOnly" } }),
      policy("r5-b", { priority: 7, vmSelector, affinity: { network: "AgentOnly", antiMalware: "AgentOnly" } }),
    ];
    for (const one of pair) await admin.apply(one);
    const spec: ProtectedVM["spec"] = { guestOS: "Windows", features: ["Firewall"] };
    await admin.apply(vm(namespace, "r5", spec, { r5: "yes" }));
    const one = await soon<ProtectedVM>(
      refOfVm("r5"),
      "a conflict",
      (object) => condition(object, "PolicyConflict") !== undefined,
    );
    expect(condition(one, "PolicyConflict")).toBe("True/SamePriority");
    expect(rowOf(one, "Firewall")).toMatchObject({ decidedBy: "Policy/r5-a", affinity: "ApplianceOnly" });
    for (const [name, other] of [
      ["r5-a", "r5-b"],
      ["r5-b", "r5-a"],
    ] as const) {
      const ref = { kind: "AffinityPolicy", name };
      const seen = await soon<AffinityPolicy>(
        ref,
        "Conflicted",
        (object) => condition(object, "Conflicted") !== undefined,
      );
      expect(condition(seen, "Conflicted")).toBe("True/SamePriority");
      expect(condition(seen, "Ready")).toBe("True/Accepted");
      expect(seen.status?.conflicts).toEqual({ total: 1, sample: [{ policy: other, group: "network", vms: 1 }] });
      expect(seen.status?.vms).toEqual({ matched: 1, effective: name === "r5-a" ? 1 : 0 });
    }
    await admin.mergePatch({ kind: "AffinityPolicy", name: "r5-b" }, { spec: { priority: 8 } });
    const after = await soon<ProtectedVM>(
      refOfVm("r5"),
      "r5-b decides",
      (object) => rowOf(object, "Firewall")?.decidedBy === "Policy/r5-b",
    );
    expect(condition(after, "PolicyConflict")).toBeUndefined();
    for (const name of ["r5-a", "r5-b"]) {
      const ref = { kind: "AffinityPolicy", name };
      const seen = await soon<AffinityPolicy>(ref, "no conflict", ({ status }) => status?.conflicts?.total === 0);
      expect(condition(seen, "Conflicted")).toBeUndefined();
      expect(seen.status?.conflicts).toEqual({ total: 0, sample: [] });
    }
  });

  test("B12: a policy selects nothing, until a VM gains the label, and its namespace too", async () => {
    const selectors = {
      vmSelector: { matchLabels: { b12: "yes" } },
      namespaceSelector: { matchLabels: { b12: "here" } },
    };
    await admin.apply(policy("b12", { ...selectors, affinity: { network: "AgentOnly" } }));
    await admin.apply(vm(namespace, "b12", { guestOS: "Linux", features: ["Firewall"] }));
    const decidedBy = async (who: string) => {
      await soon<ProtectedVM>(
        refOfVm("b12"),
        `${who} decides`,
        (object) => rowOf(object, "Firewall")?.decidedBy === who,
      );
    };
    const matched = async (count: number) => {
      const ref = { kind: "AffinityPolicy", name: "b12" };
      await soon<AffinityPolicy>(
        ref,
        `${count} matched`,
        ({ status }) => status?.vms?.matched === count && status.vms.effective === count,
      );
    };
    await decidedBy("Default");
    await matched(0);
    await admin.mergePatch(refOfVm("b12"), { metadata: { labels: { b12: "yes" } } });
    await admin.mergePatch({ kind: "Namespace", name: namespace }, { metadata: { labels: { b12: "here" } } });
    await decidedBy("Policy/b12");
    await matched(1);
    await admin.mergePatch({ kind: "Namespace", name: namespace }, { metadata: { labels: { b12: null } } });
    await decidedBy("Default");
    await matched(0);
  });
});

describe("what others report", () => {
  test("R8: a delivered revision takes the action away, a new decision brings it back", async () => {
    await admin.apply(
      vm(namespace, "r8", { guestOS: "Linux", features: ["Firewall"], agent: agentWith("Firewall", "LogInspection") }),
    );
    const pending = await soon<ProtectedVM>(refOfVm("r8"), "decided", ({ status }) => status?.revision !== undefined);
    expect(pending.status?.actions).toEqual([{ type: "DeliverPolicy" }]);
    expect(condition(pending, "PolicyDelivered")).toBeUndefined();
    await report("r8", "deliverer", { delivered: { revision: pending.status?.revision } });
    const done = await soon<ProtectedVM>(refOfVm("r8"), "delivered", ({ status }) => status?.actions?.length === 0);
    expect(condition(done, "PolicyDelivered")).toBe("True/Delivered");
    expect(condition(done, "Ready")).toBe("True/AllFeaturesActive");
    expect(condition(done, "Reconciling")).toBeUndefined();
    await admin.mergePatch(refOfVm("r8"), { spec: { features: ["Firewall", "LogInspection"] } });
    const again = await soon<ProtectedVM>(refOfVm("r8"), "pending", ({ status }) => status?.actions?.length === 1);
    expect(condition(again, "PolicyDelivered")).toBe("False/DeliveryPending");
    expect(condition(again, "Ready")).toBe("False/DeliveryPending");
    expect(condition(again, "Reconciling")).toBe("True/DeliveryPending");
    expect(again.status?.delivered).toEqual({ revision: pending.status?.revision });
  });

  test("R11: an error makes Healthy False and moves nothing; without a report Healthy is absent", async () => {
    await admin.apply(vm(namespace, "r11", { guestOS: "Linux", features: ["Firewall"], agent: agentWith("Firewall") }));
    await report("r11", "health", { reports: [{ source: "Agent", feature: "All", health: "Error" }] });
    const ill = await soon<ProtectedVM>(refOfVm("r11"), "ill", (object) => condition(object, "Healthy") !== undefined);
    expect(condition(ill, "Healthy")).toBe("False/SourceInError");
    expect(condition(ill, "Ready")).toBe("True/AllFeaturesActive");
    expect(rowOf(ill, "Firewall")).toMatchObject({ source: "Agent", reason: "Preferred" });
    // A source that is not in use counts for nothing.
    await report("r11", "health", { reports: [{ source: "Appliance", feature: "All", health: "Offline" }] });
    const without = await soon<ProtectedVM>(
      refOfVm("r11"),
      "no health",
      (object) => condition(object, "Healthy") === undefined,
    );
    expect(without.status?.reports).toHaveLength(1);
    await report("r11", "health", { reports: [{ source: "Agent", feature: "Firewall", health: "Warning" }] });
    await soon<ProtectedVM>(
      refOfVm("r11"),
      "well",
      (object) => condition(object, "Healthy") === "True/NoErrorReported",
    );
  });

  test("R10: a licence per CPU covers what the agent does for the network on that host", async () => {
    await admin.apply(
      appliance("r10", { hostName: "r10", license: { metric: "PerInstance", features: ["Firewall"] } }),
    );
    const agent = { ...agentWith("Firewall"), licensedFeatures: [] };
    await admin.apply(vm(namespace, "r10", { guestOS: "Linux", hostName: "r10", features: ["Firewall"], agent }));
    const licensed = async (what: string | undefined) =>
      await soon<ProtectedVM>(
        refOfVm("r10"),
        `it is ${what}`,
        (object) => condition(object, "LicenseCompliant") === what,
      );
    expect(rowOf(await licensed("False/NotLicensed"), "Firewall")?.source).toBe("Agent");
    await admin.mergePatch({ kind: "Appliance", name: "r10" }, { spec: { license: { metric: "PerCPU" } } });
    await licensed("True/Licensed");
  });

  test("R12: nobody opts out of the appliance in combined mode", async () => {
    await admin.apply(appliance("r12", { hostName: "r12" }));
    const spec: ProtectedVM["spec"] = {
      guestOS: "Windows",
      hostName: "r12",
      features: ["AntiMalware"],
      agent: agentWith(),
    };
    await admin.apply(vm(namespace, "r12", { ...spec, applianceProtection: "Disabled" }));
    const refused = await soon<ProtectedVM>(refOfVm("r12"), "decided", ({ status }) => status?.mode === "Combined");
    expect(condition(refused, "ApplianceOptOutRefused")).toBe("True/CombinedMode");
    expect(rowOf(refused, "AntiMalware")?.source).toBe("Appliance");
    await admin.mergePatch(refOfVm("r12"), { spec: { agent: { state: "Deactivated" } } });
    const out = await soon<ProtectedVM>(refOfVm("r12"), "opted out", ({ status }) => status?.mode === "Unprotected");
    expect(condition(out, "ApplianceOptOutRefused")).toBeUndefined();
    expect(condition(out, "Stalled")).toBe("True/FeaturesUnprotected");
  });
});
