import fc from "fast-check";
import { expect, test } from "vitest";
import { estates, stream } from "./estates.ts";
import { type Item, items, NOW, tandem } from "./run.ts";

const ESTATE = `apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {env: prod}}
---
apiVersion: tandem.dev/v1alpha1
kind: Appliance
metadata: {name: dsva-1, generation: 2, creationTimestamp: 2026-09-29T11:00:00Z}
spec: {hostName: esx-01.lab.example}
---
apiVersion: tandem.dev/v1alpha1
kind: AffinityPolicy
metadata: {name: pci, generation: 1}
spec:
  priority: 10
  vmSelector: {matchLabels: {tier: pci}}
  namespaceSelector: {matchLabels: {env: prod}}
  affinity: {antiMalware: AgentOnly}
---
apiVersion: tandem.dev/v1alpha1
kind: ProtectedVM
metadata: {name: web-1, namespace: shop, labels: {tier: pci}, generation: 4}
spec: {guestOS: Windows, hostName: esx-01.lab.example, features: [AntiMalware, Firewall], agent: {state: Activated}}
---
apiVersion: apps/v1
kind: Deployment
spec: {anything: [at, all]}
---
apiVersion: tandem.dev/v1alpha1
kind: ProtectedVM
metadata: {name: db}
spec: {guestOS: Linux, hostName: esx-02.lab.example, features: [AntiMalware]}
`;

const TABLES = `NAMESPACE   NAME    MODE          COVERAGE   READY   REASON                HEALTHY   AGE
default     db      Unprotected   0/1        False   FeaturesUnprotected             <unknown>
shop        web-1   Combined      0/2        False   InstallPending                  <unknown>

NAME   PRIORITY   ANTI-MALWARE   NETWORK   INTEGRITY   ACCEPTED   MATCHED   EFFECTIVE   CONFLICTS   AGE
pci    10         AgentOnly                            True       1         1           0           <unknown>

NAME     HOST                 ACTIVATION   ACCEPTED   VMS   PROTECTS   LOSSES   AGE
dsva-1   esx-01.lab.example   Activated    True       1     0          0        2d1h
`;

test("tables as kubectl get prints them", async () => {
  expect(await tandem(["render", "-f", "-"], ESTATE)).toEqual({ code: 0, out: TABLES, err: "" });
  const { out } = await tandem(["render", "-f", "-", "-o", "wide"], ESTATE);
  expect(out.split("\n")[2]).toBe(
    'shop        web-1   Combined      0/2        False   InstallPending                  esx-01.lab.example   dsva-1      Activated   ["AntiMalware","Firewall"]             <unknown>',
  );
});

test("JSON: one list in input order, what the author wrote with defaults and status, times from --now", async () => {
  const rendered = await items(ESTATE);
  expect(rendered.map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name])).toEqual([
    ["Appliance", undefined, "dsva-1"],
    ["AffinityPolicy", undefined, "pci"],
    ["ProtectedVM", "shop", "web-1"],
    ["ProtectedVM", "default", "db"],
  ]);
  expect(rendered[0]?.spec).toEqual({ hostName: "esx-01.lab.example", activation: "Activated" });
  expect(rendered[2]?.status).toMatchObject({
    observedGeneration: 4,
    mode: "Combined",
    features: [{ name: "AntiMalware", decidedBy: "Policy/pci", lastTransitionTime: NOW }, { name: "Firewall" }],
  });
  expect(rendered[3]?.status).not.toHaveProperty("observedGeneration");
  const later = await items(ESTATE, "--now", "2027-01-01T01:00:00.5+01:00");
  expect(JSON.stringify(later)).toBe(JSON.stringify(rendered).replaceAll(NOW, "2027-01-01T00:00:00Z"));
});

test("YAML: a stream of documents that says the same", async () => {
  const { code, out } = await tandem(["render", "-f", "-", "-o", "yaml"], ESTATE);
  expect(code).toBe(0);
  expect(out.split(/^---$/m)).toHaveLength(4);
  expect(out).toContain("    status: 'True'\n");
});

test("-n names the namespace of VMs that name none; namespaces not in the input carry their name", async () => {
  const policy =
    '{"apiVersion":"tandem.dev/v1alpha1","kind":"AffinityPolicy","metadata":{"name":"p"},"spec":{"vmSelector":{},"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"lab"}}}}';
  const rendered = await items(`${policy}\n---\n${ESTATE}`, "-n", "lab");
  expect(rendered.at(-1)?.metadata.namespace).toBe("lab");
  expect(rendered[0]?.status).toMatchObject({ vms: { matched: 1 } });
});

test("--manager-version: below 10.0 affinities are ignored, below 9.6 and nonsense are refused", async () => {
  const [, policy] = await items(ESTATE, "--manager-version", "9.6");
  expect(policy?.status.conditions).toMatchObject([{ reason: "AffinityNotConfigurable" }, {}, {}]);
  for (const version of ["9.5.9", "0", "v20", "", "20.", "1".repeat(10)]) {
    const { code, out, err } = await tandem(["render", "-f", "-", "--manager-version", version], ESTATE);
    expect({ code, out, lines: err.split("\n").length }).toEqual({ code: 2, out: "", lines: 2 });
    expect(err).toMatch(/^error: --manager-version: /);
  }
});

test("bad input: every problem of every source in order, the count, exit code 2, and nothing on stdout", async () => {
  const bad = `${ESTATE.replace("guestOS: Windows", "guestOS: windows").replace("priority: 10", "priority: -1")}--- x\n`;
  expect(await tandem(["render", "-f", "/nowhere", "-f", "-"], bad)).toEqual({
    code: 2,
    out: "",
    err: `/nowhere: there is no such file or directory
standard input:14:13: spec.priority: -1 is not allowed; allowed: a whole number from 0 to 1000
standard input:22:17: spec.guestOS: "windows" is not allowed; allowed: Windows, Linux, Other
standard input:32:1: a line that begins with '---' separates documents and can hold nothing else
4 problems in 2 files
`,
  });
});

test("two objects of one kind and name: both places are told", async () => {
  const { code, err } = await tandem(["render", "-f", "-"], `${ESTATE}---\n${ESTATE}`);
  expect(code).toBe(2);
  expect(
    err,
  ).toBe(`standard input:35:18: metadata.name: Namespace shop is given twice; the first is at standard input:3:18
standard input:39:18: metadata.name: Appliance dsva-1 is given twice; the first is at standard input:7:18
standard input:44:18: metadata.name: AffinityPolicy pci is given twice; the first is at standard input:12:18
standard input:53:18: metadata.name: ProtectedVM shop/web-1 is given twice; the first is at standard input:21:18
standard input:62:18: metadata.name: ProtectedVM default/db is given twice; the first is at standard input:30:18
5 problems in 1 file
`);
});

test("nothing of ours in the input", async () => {
  for (const text of ["", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"]) {
    expect(await tandem(["render", "-f", "-"], text)).toEqual({
      code: 2,
      out: "",
      err: "no ProtectedVM, AffinityPolicy or Appliance of tandem.dev/v1alpha1 in the input\n",
    });
  }
});

const identity = ({ kind, metadata }: Item) => `${kind} ${metadata.namespace} ${metadata.name}`;
const byIdentity = (all: readonly Item[]) => Object.fromEntries(all.map((item) => [identity(item), item]));

test("the order of documents changes no status", async () => {
  const shuffled = estates.chain((objects) =>
    fc.tuple(fc.constant(objects), fc.shuffledSubarray(objects, { minLength: objects.length })),
  );
  await fc.assert(
    fc.asyncProperty(shuffled, async ([objects, others]) => {
      expect(byIdentity(await items(stream(others)))).toEqual(byIdentity(await items(stream(objects))));
    }),
  );
});

test("what is rendered renders to itself, later too: a status that does not change keeps its times", async () => {
  await fc.assert(
    fc.asyncProperty(estates, fc.constantFrom("json", "yaml"), async (objects, format) => {
      const first = await items(stream(objects));
      const { out } = await tandem(["render", "-f", "-", "-o", format], stream(objects));
      const namespaces = objects.filter((object) => "kind" in object && object.kind === "Namespace");
      const second = await items(`${out}\n---\n${stream(namespaces)}`, "--now", "2030-01-01T00:00:00Z");
      expect(second).toEqual(first);
    }),
  );
});

test("anything at all: exit code 0, or 2 with a place for every problem", async () => {
  const ours = fc.record(
    {
      apiVersion: fc.constant("tandem.dev/v1alpha1"),
      kind: fc.constantFrom("ProtectedVM", "AffinityPolicy", "Appliance", "Other"),
      metadata: fc.jsonValue(),
      spec: fc.jsonValue(),
      status: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const texts = fc.oneof(
    fc
      .array(fc.oneof(ours, fc.jsonValue()))
      .map((values) => values.map((value) => JSON.stringify(value)).join("\n---\n")),
    fc.string({ unit: "binary" }),
  );
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      const { code, out, err } = await tandem(["render", "-f", "-"], text);
      if (code === 0) return;
      expect([code, out]).toEqual([2, ""]);
      const lines = err.trimEnd().split("\n");
      if (lines.length === 1) expect(err).toMatch(/^no ProtectedVM/);
      else for (const line of lines.slice(0, -1)) expect(line).toMatch(/^standard input:\d+:\d+: ./);
    }),
    { numRuns: 500 },
  );
});
