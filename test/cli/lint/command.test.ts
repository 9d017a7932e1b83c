import { expect, test } from "vitest";
import { APPLIANCE, documents, POLICY, VM } from "../../../src/cli/lint/examples.ts";
import { tandem } from "../run.ts";
import { codes, lint } from "./lint.ts";

const GOOD = documents(APPLIANCE, VM, POLICY);
/** A warning (TL110) and a note (TL209). */
const BAD = documents(
  APPLIANCE,
  VM.replace("[Firewall]", "[Firewall, LogInspection]"),
  POLICY.replace("{network: AgentPreferred}", "{}"),
);
const ERROR = documents(BAD, POLICY.replace("AgentPreferred", "x").replace("name: web", "name: x"));

test("a good estate has no findings at all", async () => {
  expect(await tandem(["lint", "-f", "-", "--min-severity", "note"], GOOD)).toEqual({
    code: 0,
    out: "",
    err: "no findings\n",
  });
});

test("what is shown and counts is of the severity that is asked for", async () => {
  const run = async (text: string, ...args: string[]) => {
    const { code, out } = await tandem(["lint", "-f", "-", ...args], text);
    return [code, out.match(/TL\d+/g) ?? []];
  };
  expect(await run(BAD)).toEqual([1, ["TL110"]]);
  expect(await run(BAD, "--min-severity", "note")).toEqual([1, ["TL209", "TL110"]]);
  expect(await run(BAD, "--min-severity", "error")).toEqual([0, []]);
  expect(await run(ERROR, "--min-severity", "error")).toEqual([1, ["TL002"]]);
  expect(await run(BAD, "--skip", "TL110")).toEqual([0, []]);
  expect(await run(BAD, "--only", "TL111, TL113", "--only", "TL110")).toEqual([1, ["TL110"]]);
  expect(await run(BAD, "--only", "TL110", "--skip", "TL110")).toEqual([0, []]);
});

test("every format has the same exit code", async () => {
  for (const format of ["table", "wide", "json", "yaml", "sarif", "github", "gitlab", "markdown"]) {
    expect((await tandem(["lint", "-f", "-", "-o", format], BAD)).code).toBe(1);
    expect((await tandem(["lint", "-f", "-", "-o", format], GOOD)).code).toBe(0);
  }
});

test("summary and caveats are on stderr", async () => {
  expect((await tandem(["lint", "-f", "-"], ERROR)).err).toBe(
    "1 error, 1 warning; 1 finding of a lower severity not shown (--min-severity)\n" +
      "note: objects with errors are left out: what is said of the others can be different with them\n",
  );
  expect((await tandem(["lint", "-f", "-"], POLICY)).err).toBe(
    "no findings\nnote: no ProtectedVM in the input: what policies select and decide is not judged\n",
  );
  expect((await tandem(["lint", "-f", "-"], VM)).err).toContain(
    "note: no Appliance in the input: every VM is taken to have none\n",
  );
});

test("an error leaves its object out and does not stop the rest", async () => {
  const text = documents(
    APPLIANCE,
    VM,
    POLICY.replace("tier: web", "tier: wbe"),
    "kind: [\n",
    POLICY.replace("name: web", "name: other").replace("priority", "x").concat("  prio: 1\n"),
    APPLIANCE,
  );
  expect(codes(await lint(text)).sort()).toEqual(["TL001", "TL003", "TL004", "TL102"]);
});

test("usage and failures: exit code 2, nothing on stdout", async () => {
  const failing: [string[], string | RegExp][] = [
    [["--only", "TL11"], 'error: --only: no code "TL11"; did you mean TL011?\n'],
    [
      ["--skip", "tl110,x"],
      'error: --skip: no code "tl110"; did you mean TL110?\nerror: --skip: no code "x"; tandem lint --list prints all codes\n',
    ],
    [["--explain", "TL9999"], /^error: --explain: no code "TL9999"; /],
    [["--list", "-o", "json"], "error: --list: -o table or markdown is needed\n"],
    [["-f", "nowhere.yaml"], /^nowhere.yaml: there is no such file or directory\n1 problem in 1 file\n$/],
    [["-f", "-"], "no ProtectedVM, AffinityPolicy or Appliance of tandem.dev/v1alpha1 in the input\n"],
    [["-f", "-", "--manager-version", "9.5"], /9\.5 is below 9\.6/],
    [[], /^error: name the input/],
  ];
  for (const [args, message] of failing) {
    const { code, out, err } = await tandem(["lint", ...args]);
    expect([args, code, out]).toEqual([args, 2, ""]);
    if (typeof message === "string") expect(err).toBe(message);
    else expect(err).toMatch(message);
  }
});

test("--list and --explain need no input", async () => {
  const list = await tandem(["lint", "--list"]);
  expect(list.code).toBe(0);
  await expect(list.out).toMatchFileSnapshot("./golden/list.txt");
  const page = await tandem(["lint", "--explain", "TL120"]);
  expect(page.code).toBe(0);
  await expect(page.out).toMatchFileSnapshot("./golden/explain-TL120.txt");
});

test("many VMs of one cause are one finding, with a count and samples", async () => {
  const linux = Array.from({ length: 5000 }, (_, n) => VM.replace("web-1", `web-${n}`).replace("Windows", "Linux"));
  const { findings } = await lint(
    documents(APPLIANCE, ...linux, POLICY.replace("network: AgentPreferred", "antiMalware: ApplianceOnly")),
  );
  expect(findings.map(({ code, message }) => [code, message])).toEqual([
    [
      "TL120",
      "ApplianceOnly leaves all 5,000 VMs that it selects without AntiMalware: appliances cannot do AntiMalware on Linux (5,000 VMs: shop/web-0, shop/web-1 and 4,998 more)",
    ],
  ]);
});
