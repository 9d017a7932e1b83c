import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type Outcome, tandem } from "../run.ts";

const SAMPLES = ["-f", "manifests/samples"];
const ESTATE = ["-f", fileURLToPath(new URL("estate.yaml", import.meta.url))];

function impact(input: readonly string[], ...args: string[]): Promise<Outcome> {
  return tandem(["impact", ...args, ...input]);
}

describe("what an operator reads", () => {
  const cases: readonly [golden: string, code: number, input: readonly string[], ...args: string[]][] = [
    ["samples-appliance.txt", 1, SAMPLES, "appliance", "dsva-esx-01"],
    ["samples-appliance-wide.txt", 1, SAMPLES, "appliance", "dsva-esx-01", "-o", "wide"],
    ["samples-appliance.json.txt", 1, SAMPLES, "appliance", "dsva-esx-01", "-o", "json"],
    ["samples-appliance.yaml", 1, SAMPLES, "appliance", "dsva-esx-01", "-o", "yaml"],
    ["samples-appliance.md", 1, SAMPLES, "appliance", "dsva-esx-01", "-o", "markdown"],
    ["samples-deactivated.txt", 0, SAMPLES, "appliance", "dsva-esx-03"],
    ["samples-hosts.txt", 1, SAMPLES, "host", "esx-02.dc1.example", "esx-01.dc1.example"],
    ["samples-bare-host.txt", 0, SAMPLES, "host", "esx-04.dc1.example"],
    ["samples-all.txt", 1, SAMPLES, "appliance", "--all"],
    ["samples-all-batch.md", 1, SAMPLES, "appliance", "--all", "--batch", "2", "-o", "markdown"],
    ["samples-below.txt", 0, SAMPLES, "appliance", "--version-below", "20.0.1"],
    ["samples-evacuate.txt", 1, SAMPLES, "host", "esx-01.dc1.example", "--evacuate-to", "esx-02.dc1.example"],
    [
      "samples-evacuate.md",
      1,
      SAMPLES,
      "host",
      "esx-01.dc1.example",
      "--evacuate-to",
      "esx-02.dc1.example",
      "-o",
      "markdown",
    ],
    ["samples-evacuate-bare.txt", 1, SAMPLES, "host", "esx-02.dc1.example", "--evacuate-to", "esx-04.dc1.example"],
    ["two-on-a-host.txt", 1, ESTATE, "appliance", "dsva-a1", "dsva-a2"],
    ["two-on-a-host.md", 1, ESTATE, "appliance", "dsva-a1", "dsva-a2", "-o", "markdown"],
    ["two-on-a-host-one.txt", 1, ESTATE, "appliance", "dsva-a1"],
    ["two-on-a-host-follower.txt", 0, ESTATE, "appliance", "dsva-a2", "dsva-a3"],
    ["two-on-a-host-rolling.txt", 1, ESTATE, "appliance", "--all", "--batch", "4"],
    ["two-on-a-host-below.txt", 1, ESTATE, "appliance", "--version-below", "20.0.1"],
    ["two-on-a-host-hosts.txt", 1, ESTATE, "host", "--all", "--batch", "2"],
    ["gained-on-a-host.txt", 0, ESTATE, "host", "esx-c", "--evacuate-to", "esx-a"],
  ];
  test.each(cases)("%s, exit code %i", async (golden, code, input, ...args) => {
    const outcome = await impact(input, ...args);
    expect({ code: outcome.code, err: outcome.err }).toEqual({ code, err: "" });
    await expect(outcome.out).toMatchFileSnapshot(`golden/${golden}`);
  });

  test("every format gives the same exit code, and the same figures", async () => {
    for (const output of ["table", "wide", "json", "yaml", "markdown"]) {
      expect((await impact(SAMPLES, "appliance", "dsva-esx-01", "-o", output)).code).toBe(1);
      expect((await impact(SAMPLES, "appliance", "dsva-esx-03", "-o", output)).code).toBe(0);
    }
  });

  test("colours on a screen that has them, and the same text", async () => {
    const args = ["impact", "appliance", "dsva-esx-01", ...SAMPLES];
    const coloured = await tandem(args, "", { colour: true });
    const plain = await tandem(args);
    expect(coloured.out).toContain("\u001b[31m6 features");
    expect(coloured.out.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9]+m`, "g"), "")).toBe(plain.out);
  });

  test("nobody to take down is no failure", async () => {
    const out = "Nothing to take down: no such appliance in the input\n";
    expect(await impact(SAMPLES, "appliance", "--version-below", "9.6")).toEqual({ code: 0, out, err: "" });
    const { code, out: json } = await impact(SAMPLES, "appliance", "--version-below", "9.6", "-o", "json");
    expect(code).toBe(0);
    expect(JSON.parse(json)).toMatchObject({ names: [], losses: 0, vmImpacts: [], rolling: { peak: 0, steps: [] } });
  });

  test("one appliance of --all is told as one", async () => {
    const { out } = await impact(ESTATE, "appliance", "--version-below", "9.6");
    expect(out).toContain("If appliance dsva-a3 of host esx-a is deactivated:\n");
  });

  test("names count once, in byte order, whatever the order of the command line", async () => {
    const one = await impact(ESTATE, "appliance", "dsva-a2", "dsva-a1", "dsva-a2", "-o", "json");
    expect(one).toEqual(await impact(ESTATE, "appliance", "dsva-a1", "dsva-a2", "-o", "json"));
  });
});

describe("what makes no sense", () => {
  const cases: readonly [says: string, ...args: string[]][] = [
    ["there is no appliance dsva-esx-1; did you mean dsva-esx-01?", "appliance", "dsva-esx-1"],
    ["there is no host esx-01; did you mean esx-01.dc1.example?", "host", "esx-01"],
    ["there is no host dsva-esx-01, but an appliance of that name", "host", "dsva-esx-01"],
    ["there is no appliance esx-04.dc1.example, but a host of that name", "appliance", "esx-04.dc1.example"],
    ["there is no appliance quite-another", "appliance", "quite-another"],
    ["there is no appliance \\u001b[31m", "appliance", "\u001b[31m"],
    ["there is no appliance x\nerror: there is no appliance y", "appliance", "x", "dsva-esx-01", "y"],
    ["which appliance? Give names, or --all, or --version-below", "appliance"],
    ["which host? Give names, or --all", "host"],
    ["give names, or --all, or --version-below: one of them", "appliance", "dsva-esx-01", "--all"],
    ["--version-below is for appliances: a host has no version here", "host", "--version-below", "20"],
    ["--version-below: dotted numbers are needed, for example 20.0.1", "appliance", "--version-below", "v20"],
    ["--batch: a whole number from 1 on is needed", "appliance", "--all", "--batch", "0"],
    [
      "--evacuate-to is for hosts: tandem impact host NAME --evacuate-to HOST",
      "appliance",
      "dsva-esx-01",
      "--evacuate-to",
      "esx-02.dc1.example",
    ],
    [
      "--evacuate-to moves the VMs of the hosts that you name: without --all or --batch",
      "host",
      "--all",
      "--evacuate-to",
      "esx-02.dc1.example",
    ],
    [
      "--evacuate-to: esx-02.dc1.example is the host that is to be evacuated",
      "host",
      "esx-02.dc1.example",
      "--evacuate-to",
      "esx-02.dc1.example",
    ],
    [
      "--evacuate-to: there is no host esx-02.dc2.example; did you mean esx-02.dc1.example?",
      "host",
      "esx-01.dc1.example",
      "--evacuate-to",
      "esx-02.dc2.example",
    ],
  ];
  test.each(cases)("%j", async (says, ...args) => {
    expect(await impact(SAMPLES, ...args)).toEqual({ code: 2, out: "", err: `error: ${says}\n` });
  });

  test("bad input is listed, and nothing is printed", async () => {
    const { code, out, err } = await tandem(
      ["impact", "appliance", "a", "-f", "-"],
      "apiVersion: tandem.dev/v1alpha1\nkind: Appliance\nmetadata: {name: a}\nspec: {hostName: A}\n",
    );
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^standard input:4:18: spec\.hostName: /);
  });
});

test("10,000 VMs on 300 hosts read on one screen, and in an announcement that can be posted", async () => {
  const objects = Array.from({ length: 10_000 }, (_, n) => ({
    apiVersion: "tandem.dev/v1alpha1",
    kind: "ProtectedVM",
    metadata: { name: `vm-${n}`, namespace: `team-${n % 100}` },
    spec: {
      hostName: `esx-${n % 300}`,
      guestOS: n % 3 === 0 ? "Linux" : "Windows",
      features: ["AntiMalware", "Firewall", "IntegrityMonitoring"],
      ...(n % 7 === 0 ? {} : { agent: { state: "Activated", modules: n % 2 === 0 ? ["AntiMalware"] : [] } }),
      ...(n % 5 === 0 ? { affinity: { network: "ApplianceOnly" } } : {}),
    },
  }));
  const appliances = Array.from({ length: 300 }, (_, n) => ({
    apiVersion: "tandem.dev/v1alpha1",
    kind: "Appliance",
    metadata: { name: `dsva-${n}` },
    spec: { hostName: `esx-${n}` },
  }));
  const text = [...objects, ...appliances].map((object) => JSON.stringify(object)).join("\n---\n");
  const table = await tandem(["impact", "appliance", "--all", "-f", "-"], text);
  expect(table.code).toBe(1);
  expect(table.out.split("\n").length).toBeLessThan(65);
  expect(table.out).toContain("… 289 steps in between: -o wide\n");
  const markdown = await tandem(["impact", "host", "--all", "-f", "-", "-o", "markdown"], text);
  expect(markdown.out).toContain("… and 200 more rows\n");
  // What GitHub takes as a comment.
  expect(markdown.out.length).toBeLessThan(65_536);
}, 30_000);
