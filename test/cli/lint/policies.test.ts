import { expect, test } from "vitest";
import { APPLIANCE, documents, POLICY, VM } from "../../../src/cli/lint/examples.ts";
import { lint } from "./lint.ts";

const SHOP = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {stage: production}}\n";

/** The findings on policies, each with what stands at its place. */
async function found(...texts: string[]): Promise<{ code: string; at: string; message: string }[]> {
  const text = documents(APPLIANCE, VM, SHOP, ...texts);
  const lines = text.split("\n");
  const { findings } = await lint(text);
  return findings
    .filter(({ object }) => object?.kind === "AffinityPolicy")
    .map(({ code, place, message }) => ({ code, at: lines[place.line - 1]?.slice(place.column - 1) ?? "", message }));
}

/** A policy with these selectors. */
function selecting(vmSelector: string, namespaceSelector = "{}"): string {
  return POLICY.replace("{matchLabels: {tier: web}}", `${vmSelector}\n  namespaceSelector: ${namespaceSelector}`);
}

test("a policy that selects nothing: the requirement that no VM meets is to blame, and what was meant is told", async () => {
  const cases: [policy: string, at: RegExp, message: string][] = [
    [
      selecting("{matchLabels: {tier: web, Tier: web}}"),
      /^web}}/,
      'selects no VM: spec.vmSelector asks for Tier=web, and no VM meets that; did you mean the label "tier"?',
    ],
    [
      selecting("{matchLabels: {tier: Web}}"),
      /^Web/,
      'selects no VM: spec.vmSelector asks for tier=Web, and no VM meets that; did you mean "web" (1 VM)?',
    ],
    [
      selecting(
        "{matchLabels: {tier: web}, matchExpressions: [{key: tier, operator: Exists}, {key: tier, operator: In, values: [database, cache]}]}",
      ),
      /^\{key: tier, operator: In/,
      "selects nothing in any estate: no label can meet tier=web and tier and tier in (database,cache)",
    ],
    [
      selecting(
        "{matchExpressions: [{key: tier, operator: Exists}, {key: tier, operator: In, values: [database, cache]}]}",
      ),
      /^\{key: tier, operator: In/,
      'selects no VM: spec.vmSelector asks for tier in (database,cache), and no VM meets that; the values that there are: "web" (1 VM)',
    ],
    [
      selecting("{matchLabels: {stage: production}}"),
      /^production/,
      "selects no VM: spec.vmSelector asks for stage=production, and no VM meets that; namespaces have that label: it belongs into spec.namespaceSelector",
    ],
    [
      selecting("{}", "{matchLabels: {tier: web}}"),
      /^web/,
      "selects no VM: spec.namespaceSelector asks for tier=web, and no VM is in such a namespace; VMs have that label: it belongs into spec.vmSelector",
    ],
    [
      selecting("{}", "{matchLabels: {kubernetes.io/metadata.name: shopp}}"),
      /^shopp/,
      'selects no VM: spec.namespaceSelector asks for kubernetes.io/metadata.name=shopp, and no VM is in such a namespace; did you mean "shop" (1 VM)?',
    ],
    [
      selecting("{matchExpressions: [{key: tier, operator: DoesNotExist}]}"),
      /^\{key: tier, operator: DoesNotExist/,
      'selects no VM: spec.vmSelector asks for !tier, and no VM meets that; the values that there are: "web" (1 VM)',
    ],
  ];
  for (const [policy, at, message] of cases) {
    expect(await found(policy)).toEqual([
      { code: message.includes("any estate") ? "TL103" : "TL102", at: expect.stringMatching(at), message },
    ]);
  }
});

test("each requirement has its VMs, and together they have none", async () => {
  const [one] = await found(
    VM.replace("web-1", "db-1").replace("tier: web", "role: db"),
    selecting("{matchLabels: {tier: web, role: db}}"),
  );
  expect(one).toMatchObject({
    code: "TL102",
    at: expect.stringMatching(/^db\}\}/),
    message:
      "selects no VM: spec.vmSelector asks for role=db, which 1 VM meets, but it does not meet the other requirements",
  });
});

test("an invalid selector: the label that can be none is to blame", async () => {
  expect(await found(selecting("{matchLabels: {tier: web}}", "{matchLabels: {stage: production, x-: z}}"))).toEqual([
    {
      code: "TL101",
      at: expect.stringMatching(/^z\}\}/),
      message: expect.stringMatching(/^spec\.namespaceSelector: "x-"/),
    },
  ]);
});

test("a namespace that is described but has no VM yet is no mistake", async () => {
  const policy = selecting(
    "{}",
    "{matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [shop, bank]}]}",
  );
  expect((await found(policy)).map(({ code }) => code)).toEqual(["TL104"]);
  expect(await found(policy, SHOP.replace("shop", "bank"))).toEqual([]);
});

test("a policy that decides nothing: its priority is to blame, and who goes before it is told", async () => {
  const first = POLICY.replace("name: web", "name: first").replace("spec:", "spec:\n  priority: 10");
  const second = POLICY.replace("spec:", "spec:\n  priority: 5");
  const message = "decides nothing for the 1 VM that it selects: before it go first (1 VM)";
  expect(await found(first, second)).toEqual([{ code: "TL111", at: "5", message }]);
  expect(await found(first, POLICY)).toEqual([{ code: "TL111", at: "affinity: {network: AgentPreferred}", message }]);
});

test("what another source protects is not lost", async () => {
  // Of this VM the appliance protects the firewall, and nobody looks at its logs.
  const vm = VM.replace("web-1", "logs")
    .replace("[AntiMalware, Firewall]", "[Firewall, LogInspection]")
    .replace(/ {2}agent.*\n/, "");
  expect(await found(vm, POLICY.replace("AgentPreferred", "ApplianceOnly"))).toEqual([]);
});
