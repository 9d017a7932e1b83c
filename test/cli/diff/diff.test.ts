import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeYaml } from "../../../src/api/manifest/index.ts";
import { tandem } from "../run.ts";

const SAMPLES = join(import.meta.dirname, "../../../manifests/samples");

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "tandem-test-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** The sample estate with esx-01's appliance switched off, web-1 a VM of its own mind, and without the lab. */
function maintenance(): string {
  const path = folder();
  cpSync(SAMPLES, path, { recursive: true });
  const edit = (file: string, what: string, by: string) => {
    const text = readFileSync(join(path, file), "utf8");
    expect(text).toContain(what);
    writeFileSync(join(path, file), text.replace(what, by));
  };
  edit(
    "appliances.yaml",
    "  hostName: esx-01.dc1.example\n",
    "  hostName: esx-01.dc1.example\n  activation: Deactivated\n",
  );
  edit("vms-shop.yaml", "  guestOS: Windows\n", "  guestOS: Windows\n  affinity: {network: AgentOnly}\n");
  rmSync(join(path, "vms-lab.yaml"));
  return path;
}

const printed: [golden: string, args: string[]][] = [
  ["maintenance", []],
  ["stat", ["--stat"]],
  ["spec-without-context", ["--spec", "-U", "0"]],
];

test.for(printed)("of the sample estate: %s", async ([golden, args]) => {
  const { code, out, err } = await tandem(["diff", "--from", SAMPLES, "--to", maintenance(), ...args]);
  expect([code, err]).toEqual([1, ""]);
  await expect(out).toMatchFileSnapshot(`golden/${golden}.txt`);
});

test("from nothing everything is new, and to nothing it is gone", async () => {
  const empty = join(folder(), "empty.yaml");
  writeFileSync(empty, "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n");
  const there = await tandem(["diff", "--from", empty, "--to", SAMPLES]);
  expect(there.code).toBe(1);
  expect(there.out.match(/^--- \/dev\/null\n\+\+\+ b\/\w+\/[a-z0-9./-]+\n@@ -0,0 \+1,\d+ @@$/gm)).toHaveLength(20);
  const back = await tandem(["diff", "--from", SAMPLES, "--to", empty, "--stat"]);
  expect(back.out).toMatch(/\n 20 objects changed, \d+ deletions\(-\)\n$/);
});

test("on a terminal in the colours of Git", async () => {
  const { out } = await tandem(["diff", "--from", SAMPLES, "--to", maintenance()], "", { colour: true });
  expect(out.startsWith("\u001b[1m--- a/AffinityPolicy/")).toBe(true);
  expect(out).toContain("\n\u001b[36m@@ -8,8 +8,8 @@\u001b[39m\n");
  expect(out).toContain(
    "\n\u001b[31m-  matched: 3\u001b[39m\n\u001b[31m-  effective: 2\u001b[39m\n\u001b[32m+  matched: 2",
  );
});

test("what is wrong with a side, or with the context, is exit code 2", async () => {
  const bad = join(folder(), "bad.yaml");
  writeFileSync(bad, "apiVersion: tandem.dev/v1alpha1\nkind: Appliance\nmetadata: {name: a}\nspec: {}\n");
  const { code, out, err } = await tandem(["diff", "--from", SAMPLES, "--to", bad]);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain("bad.yaml:4:");
  for (const lines of ["x", "-1", "1.5", ""]) {
    const { code, err } = await tandem(["diff", "--from", SAMPLES, "--to", bad, `--unified=${lines}`]);
    expect(code, lines).toBe(2);
    expect(err).toMatch(/--unified/);
  }
});

test("times say nothing, and what was reported of a VM stays with it", async () => {
  const vm = { name: "a", namespace: "shop", generation: 3 };
  const spec = { guestOS: "Linux", features: ["Firewall"], agent: { state: "Activated", modules: ["Firewall"] } };
  const write = (status?: object, metadata: object = vm) => {
    const file = join(folder(), "vm.yaml");
    writeFileSync(
      file,
      writeYaml({ apiVersion: "tandem.dev/v1alpha1", kind: "ProtectedVM", metadata, spec, ...(status && { status }) }),
    );
    return file;
  };
  const report = { source: "Agent", feature: "All", health: "Error" };
  const at = (time: string) => ({
    observedGeneration: 2,
    reports: [{ ...report, observedTime: time }],
    delivered: { revision: "00000000", time },
  });
  const first = write(at("2026-01-01T00:00:00Z"));
  for (const other of [write(at("2026-02-02T00:00:00Z"), { ...vm, generation: 4 }), write()]) {
    expect(await tandem(["diff", "--from", first, "--to", other])).toEqual({ code: 0, out: "", err: "" });
  }
  const healthy = write({ ...at("2026-01-01T00:00:00Z"), reports: [{ ...report, health: "Healthy" }] });
  const { code, out } = await tandem(["diff", "--from", first, "--to", healthy]);
  expect(code).toBe(1);
  expect(out).toContain("-  reason: SourceInError\n");
});
