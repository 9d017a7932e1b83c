import { describe, expect, it } from "vitest";
import { conditionOf, policy, said, statuses, vm } from "./fixture.ts";

describe("SPEC R5", () => {
  const low = policy("a-low", { affinity: { antiMalware: "AgentOnly", network: "AgentOnly" } });
  const high = policy("z-high", { priority: 1, affinity: { antiMalware: "ApplianceOnly" } });

  it("asks the VM, then the higher priority, then the default", () => {
    const wanted = { features: ["AntiMalware", "Firewall", "IntegrityMonitoring", "LogInspection"] };
    const found = statuses([low, high, vm(wanted)]);
    expect(found.vm.features.map(({ affinity, decidedBy }) => `${affinity} ${decidedBy}`)).toEqual([
      "ApplianceOnly Policy/z-high",
      "AgentOnly Policy/a-low",
      "AppliancePreferred Default",
      "AgentOnly Fixed",
    ]);
    expect(conditionOf(found.vm, "PolicyConflict")).toBeUndefined();
  });

  it("shows a conflict on the deciding policy, on its rival and on the VM", () => {
    const found = statuses([
      policy("b", { affinity: { network: "AgentOnly", integrityMonitoring: "AgentOnly", antiMalware: "AgentOnly" } }),
      policy("c", { affinity: { antiMalware: "AgentOnly" } }),
      policy("d", { priority: 1, vmSelector: { matchLabels: { no: "vm" } }, affinity: { network: "AgentOnly" } }),
      policy("a", {
        affinity: { antiMalware: "ApplianceOnly", network: "AgentPreferred", integrityMonitoring: "AgentPreferred" },
      }),
      vm({}),
    ]);
    expect(found.vm.features[0]?.decidedBy).toBe("Policy/a");
    expect(said(found.vm)).toContain("PolicyConflict=True SamePriority");
    expect(found.policy("a").conflicts).toEqual({
      total: 4,
      sample: [
        { policy: "b", group: "antiMalware", vms: 1 },
        { policy: "b", group: "integrityMonitoring", vms: 1 },
        { policy: "b", group: "network", vms: 1 },
        { policy: "c", group: "antiMalware", vms: 1 },
      ],
    });
    expect(found.policy("b")).toMatchObject({
      vms: { matched: 1, effective: 0 },
      conflicts: {
        total: 3,
        sample: [
          { policy: "a", group: "antiMalware", vms: 1 },
          { policy: "a", group: "integrityMonitoring", vms: 1 },
          { policy: "a", group: "network", vms: 1 },
        ],
      },
    });
    expect(found.policy("c")).toMatchObject({ vms: { matched: 1, effective: 0 }, conflicts: { total: 1 } });
    expect(said(found.policy("c"))).toContain("Conflicted=True SamePriority");
  });

  it("lets an invalid selector select nothing", () => {
    const invalid = [
      { matchLabels: { "-a": "b" } },
      { matchLabels: { a: "b c" } },
      { matchExpressions: [{ key: "a/b/c", operator: "Exists" }] },
      { matchExpressions: [{ key: "a", operator: "NotIn", values: [] }] },
      { matchExpressions: [{ key: "a", operator: "NotIn", values: null }] },
      { matchExpressions: [{ key: "a", operator: "DoesNotExist", values: ["b"] }] },
    ];
    for (const selector of invalid) {
      for (const spec of [{ vmSelector: selector }, { namespaceSelector: selector }]) {
        const found = statuses([vm({}), policy("p", { ...spec, affinity: { antiMalware: "AgentOnly" } })], "9.6");
        expect(found.policy("p").vms, JSON.stringify(spec)).toEqual({ matched: 0, effective: 0 });
        expect(said(found.policy("p"))).toContain("Accepted=False InvalidSelector");
      }
    }
  });

  it("matches expressions as Kubernetes does", () => {
    const selected = (matchExpressions: object[], labels: object) =>
      statuses([vm({}, { labels }), policy("p", { vmSelector: { matchExpressions } })]).policy("p").vms.matched === 1;
    const expression = (operator: string, values?: string[]) => [{ key: "a", operator, ...(values ? { values } : {}) }];
    expect(selected(expression("In", ["1", "2"]), { a: "2" })).toBe(true);
    expect(selected(expression("In", ["1"]), {})).toBe(false);
    expect(selected(expression("NotIn", ["1"]), {})).toBe(true);
    expect(selected(expression("NotIn", ["1"]), { a: "1" })).toBe(false);
    expect(selected(expression("Exists"), { a: "" })).toBe(true);
    expect(selected(expression("Exists"), { b: "" })).toBe(false);
    expect(selected(expression("DoesNotExist"), { a: "" })).toBe(false);
    expect(selected([...expression("Exists"), ...expression("DoesNotExist")], { a: "" })).toBe(false);
  });

  it("ignores affinities below manager version 10.0", () => {
    const found = statuses([low, vm({ affinity: { network: "ApplianceOnly" } })], "9.6.1");
    expect(found.vm.features.map(({ decidedBy }) => decidedBy)).toEqual(["Default", "Default"]);
    expect(said(found.vm)).toContain("AffinityIgnored=True AffinityNotConfigurable");
    expect(found.policy("a-low").vms).toEqual({ matched: 1, effective: 0 });
    expect(said(found.policy("a-low"))).toContain("Accepted=False AffinityNotConfigurable");
    expect(said(statuses([vm({ affinity: null })], "9.6").vm).join()).not.toContain("AffinityIgnored");
    expect(said(statuses([vm({ affinity: { network: "AgentOnly" } })], "10").vm).join()).not.toContain("Ignored");
  });
});
