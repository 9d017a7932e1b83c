import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { type Outcome, tandem } from "../run.ts";

const SAMPLES = ["-f", "manifests/samples"];
const ESTATE = ["-f", fileURLToPath(new URL("estate.yaml", import.meta.url))];

function explain(input: readonly string[], ...args: string[]): Promise<Outcome> {
  return tandem(["explain", ...args, ...input]);
}

describe("what is read", () => {
  const cases: readonly [golden: string, input: readonly string[], ...args: string[]][] = [
    ["samples-combined.txt", SAMPLES, "vm", "payments/card-1"],
    ["samples-combined.json", SAMPLES, "vm", "payments/card-1", "-o", "json"],
    ["samples-opt-out.txt", SAMPLES, "vm", "lab/build-1"],
    ["samples-own-affinity.txt", SAMPLES, "vm", "lab/desktop-1"],
    ["samples-no-appliance.txt", SAMPLES, "vm", "lab/kiosk-1"],
    ["samples-fallback.txt", SAMPLES, "vm", "payments/vault-1"],
    ["samples-fallback.md", SAMPLES, "vm", "payments/vault-1", "-o", "markdown"],
    ["samples-shadowed.txt", SAMPLES, "vm", "databases/ledger-db"],
    ["samples-one-feature.txt", SAMPLES, "vm", "shop/web-2", "Firewall"],
    ["samples-one-feature.yaml", SAMPLES, "vm", "shop/web-2", "Firewall", "-o", "yaml"],
    ["samples-not-wanted.txt", SAMPLES, "vm", "shop/web-2", "LogInspection"],
    ["samples-policy.txt", SAMPLES, "policy", "pci-appliance-first"],
    ["samples-policy.json", SAMPLES, "policy", "pci-appliance-first", "-o", "json"],
    ["samples-policy-half.txt", SAMPLES, "policy", "database-spare-the-guest"],
    ["samples-appliance.txt", SAMPLES, "appliance", "dsva-esx-01"],
    ["samples-appliance.json", SAMPLES, "appliance", "dsva-esx-01", "-o", "json"],
    ["samples-appliance.md", SAMPLES, "appliance", "dsva-esx-02", "-o", "markdown"],
    ["samples-appliance-deactivated.txt", SAMPLES, "appliance", "dsva-esx-03"],
    ["samples-appliance-old.txt", SAMPLES, "appliance", "dsva-esx-01-old"],
    ["conflict.txt", ESTATE, "vm", "shop/web"],
    ["conflict-other-feature.txt", ESTATE, "vm", "shop/web", "AntiMalware"],
    ["health-of-one-feature.txt", ESTATE, "vm", "shop/web", "IntegrityMonitoring"],
    ["unplaced-unsupported.txt", ESTATE, "vm", "lab/old"],
    ["opted-out.txt", ESTATE, "vm", "lab/web"],
    ["not-configurable.txt", ESTATE, "vm", "lab/web", "--manager-version", "9.6"],
    ["policy-decides-by-name.txt", ESTATE, "policy", "blue-first"],
    ["policy-rival.txt", ESTATE, "policy", "tier-web"],
    ["policy-agrees.txt", ESTATE, "policy", "tier-web-too"],
    ["policy-shadowed.txt", ESTATE, "policy", "shadowed"],
    ["policy-selects-nobody.txt", ESTATE, "policy", "selects-nobody"],
    ["policy-invalid.txt", ESTATE, "policy", "invalid"],
    ["policy-not-configurable.txt", ESTATE, "policy", "shadowed", "--manager-version", "9.6"],
    ["appliance-first-of-two.txt", ESTATE, "appliance", "dsva-a"],
    ["appliance-host-conflict.txt", ESTATE, "appliance", "dsva-b"],
    ["appliance-unsupported.txt", ESTATE, "appliance", "dsva-old"],
  ];
  test.each(cases)("%s", async (golden, input, ...args) => {
    const outcome = await explain(input, ...args);
    expect({ code: outcome.code, err: outcome.err }).toEqual({ code: 0, err: "" });
    await expect(outcome.out).toMatchFileSnapshot(`golden/${golden}`);
  });

  test("colours on a screen that has them, and the same text", async () => {
    const args = ["explain", "vm", "shop/web", ...ESTATE];
    const { out } = await tandem(args, "", { colour: true });
    expect(out).toContain("\u001b[1mWhich sources are available?\u001b[22m The appliance and the agent (R2)\n");
    expect(stripVTControlCharacters(out)).toBe((await tandem(args)).out);
  });
});

describe("names", () => {
  test.each([
    ["pvm", "shop/web-1"],
    ["ProtectedVM", "shop/web-1"],
    ["protectedvms.tandem.dev", "shop/web-1"],
    ["VM", "web-1"],
    ["vm", "web-1", "-n", "shop"],
    ["vm", "shop/web-1", "-n", "lab"],
  ])("%s %s %s %s", async (...args) => {
    expect(await explain(SAMPLES, ...args)).toEqual(await explain(SAMPLES, "vm", "shop/web-1"));
  });

  test("of policies and appliances, too", async () => {
    for (const [name, ...kinds] of [
      ["web-agent-first", "policy", "afp", "AffinityPolicy", "affinitypolicies", "affinitypolicies.tandem.dev"],
      ["dsva-esx-02", "appliance", "appl", "Appliances"],
    ]) {
      const outcomes = await Promise.all(kinds.map((kind) => explain(SAMPLES, kind, name ?? "")));
      expect(outcomes.map(({ code }) => code)).toEqual(kinds.map(() => 0));
      expect(new Set(outcomes.map(({ out }) => out)).size).toBe(1);
    }
  });

  test("features in any case", async () => {
    expect(await explain(SAMPLES, "vm", "web-1", "firewall")).toEqual(
      await explain(SAMPLES, "vm", "web-1", "Firewall"),
    );
  });

  test.each([
    [["pod", "x"], '"pod" is no kind that can be explained: vm (pvm), policy (afp), appliance (appl)'],
    [["vm", "shop/web-9"], 'no ProtectedVM "shop/web-9"; did you mean shop/web-1?'],
    [["vm", "wbe-1"], 'no ProtectedVM "wbe-1"; did you mean web-1?'],
    [["vm", "lab/web-1"], 'no ProtectedVM "lab/web-1"; did you mean shop/web-1?'],
    [["vm", "web-1", "-n", "lab"], 'no ProtectedVM "lab/web-1"; did you mean shop/web-1?'],
    [
      ["vm", "something-else"],
      'no ProtectedVM "something-else"; there are databases/ledger-db, databases/orders-db, databases/reports-db, lab/build-1, lab/desktop-1, lab/kiosk-1, payments/card-1, payments/card-2, payments/vault-1, shop/web-1 and 2 more',
    ],
    [
      ["policy", "nope"],
      'no AffinityPolicy "nope"; there are database-spare-the-guest, linux-guests, pci-appliance-first and web-agent-first',
    ],
    [["appliance", "dsva-esx-1"], 'no Appliance "dsva-esx-1"; did you mean dsva-esx-01?'],
    [["vm", "web-1", "Firewal"], '"Firewal" is no feature; did you mean Firewall?'],
    [["policy", "web-agent-first", "Firewall"], "only of a VM one feature can be explained"],
  ])("%j: exit code 2, and what could have been meant", async (args, message) => {
    expect(await explain(SAMPLES, ...args)).toEqual({ code: 2, out: "", err: `error: ${message}\n` });
  });

  test("a name that several VMs have", async () => {
    const { code, out, err } = await explain(ESTATE, "vm", "web");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toBe('error: several VMs are called "web": lab/web and shop/web; write one of them, or give -n\n');
    expect((await explain(ESTATE, "vm", "web", "-n", "lab")).out).toContain("ProtectedVM lab/web\n");
  });

  test("bad input is listed, and nothing is explained", async () => {
    const { code, out, err } = await tandem(
      ["explain", "vm", "a", "-f", "-"],
      '{"apiVersion":"tandem.dev/v1alpha1","kind":"ProtectedVM","metadata":{"name":"a"},"spec":{}}',
    );
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/spec\.features.*\n(?:.*\n)*3 problems in 1 file\n|problems? in 1 file\n/);
  });
});

const VM = {
  apiVersion: "tandem.dev/v1alpha1",
  kind: "ProtectedVM",
  metadata: { name: "a", namespace: "lab" },
  spec: { guestOS: "Windows", features: ["AntiMalware"], agent: { state: "Activated", modules: ["AntiMalware"] } },
};

function stream(objects: readonly object[]): string {
  return objects.map((object) => JSON.stringify(object)).join("\n---\n");
}

test("beyond 20 policies that do not select it the rest are a count, unless --all", async () => {
  const policies = Array.from({ length: 25 }, (_, n) => ({
    apiVersion: VM.apiVersion,
    kind: "AffinityPolicy",
    metadata: { name: `p${n}` },
    spec: { vmSelector: n === 3 ? {} : { matchLabels: { n: `${n}` } } },
  }));
  const input = stream([...policies, VM]);
  const short = await tandem(["explain", "vm", "lab/a", "-f", "-"], input);
  expect(short.out.match(/ does not: /g)).toHaveLength(20);
  expect(short.out).toContain("p3 (priority 0) selects it: sets no affinity");
  expect(short.out).toContain("└── 4 more do not select it; --all lists them");
  const long = await tandem(["explain", "vm", "lab/a", "--all", "-f", "-"], input);
  expect(long.out.match(/ does not: /g)).toHaveLength(24);
  expect(long.out).not.toContain("--all");
});

test("what others report can neither move the cursor nor be markup", async () => {
  const message = "\u001b[2J<b>gone</b>";
  const reports = [{ source: "Agent", feature: "All", health: "Error", message, observedTime: "2026-01-31T12:00:00Z" }];
  const input = stream([{ ...VM, status: { reports } }]);
  const { out } = await tandem(["explain", "vm", "lab/a", "-f", "-"], input);
  expect(out).toContain('Agent, All: Error ("\\u001b[2J<b>gone</b>"); counts');
  const markdown = await tandem(["explain", "vm", "lab/a", "-f", "-", "-o", "markdown"], input);
  expect(markdown.out).not.toContain("<b>");
  expect(markdown.out).not.toContain("\u001b");
});
