import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import type { ProtectedVM } from "../../../src/api/kinds.ts";
import { readFolder, SAMPLES } from "../install.ts";
import { untilSettled } from "../settled.ts";
import { deleteAndWait } from "../until.ts";
import { appliance, eightAtATime, policy, untilQuiet, useController, vm } from "./support.ts";

const { admin, namespace } = useController();
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "tandem-kubectl-"));

/** The real kubectl, with nothing of the user's: its output, or its failure with the exit code and stderr. */
async function kubectl(...args: string[]): Promise<string> {
  const own = ["--kubeconfig", inject("kubeconfig"), "--cache-dir", folder];
  const { stdout } = await run("kubectl", [...own, ...args], { env: { PATH: process.env.PATH, HOME: folder } });
  return stdout.trimEnd();
}

const lines = (text: string): string[] => text.split("\n").toSorted();
const agent = (...modules: "Firewall"[]) => ({ state: "Activated" as const, modules });

let reasonToSkip: string | undefined;
beforeAll(async () => {
  try {
    await run("kubectl", ["version", "--client"]);
  } catch {
    reasonToSkip = "there is no kubectl on the PATH";
  }
});
beforeEach(({ skip }) => skip(reasonToSkip !== undefined, reasonToSkip));

afterAll(async () => {
  rmSync(folder, { recursive: true });
  const samples = readFolder(SAMPLES).filter(({ kind }) => kind === "Namespace");
  await eightAtATime(samples, async ({ metadata: { name } }) => {
    await admin.deleteAll("ProtectedVM", { namespace: name });
    await deleteAndWait(admin, { kind: "Namespace", name });
  });
});

test("kubectl wait --for=condition=Ready waits for a VM until its modules are there", async () => {
  await admin.apply(vm(namespace, "waited", { guestOS: "Linux", features: ["Firewall"], agent: agent() }));
  await untilSettled(admin);
  const wait = (timeout: string) =>
    kubectl("wait", "-n", namespace, "pvm/waited", "--for=condition=Ready", `--timeout=${timeout}`);
  await expect(wait("500ms")).rejects.toThrow(/timed out/);
  const waiting = wait("10s");
  await sleep(300);
  const ref = { kind: "ProtectedVM", namespace, name: "waited" };
  await admin.mergePatch(ref, { spec: { agent: { modules: ["Firewall"] } } });
  expect(await waiting).toBe("protectedvm.tandem.dev/waited condition met");
  expect((await admin.get<ProtectedVM>(ref)).status?.coverage).toBe("1/1");
});

test("kubectl wait on a policy waits for its roll-out", async () => {
  const names = Array.from({ length: 100 }, (_, index) => `rolled-${index}`);
  await admin.apply(appliance("kubectl", { hostName: "kubectl" }));
  await admin.apply(policy("kubectl", { vmSelector: { matchLabels: { rolled: "yes" } } }));
  const spec: ProtectedVM["spec"] = {
    guestOS: "Linux",
    hostName: "kubectl",
    features: ["Firewall"],
    agent: agent("Firewall"),
  };
  await eightAtATime(names, (name) => admin.create(vm(namespace, name, spec, { rolled: "yes" })));
  await untilQuiet(admin);
  await kubectl("patch", "afp/kubectl", "--type=merge", "-p", '{"spec":{"affinity":{"network":"ApplianceOnly"}}}');
  await kubectl("wait", "afp/kubectl", "--for=condition=Ready", "--timeout=20s");
  const vms = await admin.list<ProtectedVM>("ProtectedVM", { namespace, labelSelector: "rolled=yes" });
  const sources = vms.map(({ status }) => status?.features?.[0]?.source);
  expect(sources).toEqual(names.map(() => "Appliance"));
});

test("kubectl get finds VMs by their fields, and all three kinds by their category", async () => {
  const spec: ProtectedVM["spec"] = { guestOS: "Linux", hostName: "fields", features: ["Firewall"] };
  await admin.apply(appliance("fields", { hostName: "fields" }));
  await admin.apply(policy("fields", { vmSelector: { matchLabels: { none: "here" } } }));
  await admin.apply(vm(namespace, "field-1", { ...spec, agent: agent("Firewall") }));
  await admin.apply(vm(namespace, "field-2", spec));
  await admin.apply(vm(namespace, "field-3", { ...spec, hostName: "elsewhere" }));
  await untilSettled(admin);
  const select = (selector: string) => kubectl("get", "pvm", "-A", "--field-selector", selector, "-o", "name");
  expect(await select("spec.hostName=fields,status.mode=Combined")).toBe("protectedvm.tandem.dev/field-1");
  expect(lines(await select("status.appliance=fields,spec.guestOS=Linux"))).toEqual([
    "protectedvm.tandem.dev/field-1",
    "protectedvm.tandem.dev/field-2",
  ]);
  expect(await kubectl("get", "appl", "--field-selector", "spec.hostName=fields", "-o", "name")).toBe(
    "appliance.tandem.dev/fields",
  );
  const all = lines(await kubectl("get", "tandem", "-A", "-o", "name"));
  expect(all).toEqual(
    expect.arrayContaining([
      "affinitypolicy.tandem.dev/fields",
      "appliance.tandem.dev/fields",
      "protectedvm.tandem.dev/field-3",
    ]),
  );
});

test("kubectl explain teaches the model", async () => {
  const affinity = await kubectl("explain", "pvm.spec.affinity");
  for (const word of ["antiMalware", "network", "integrityMonitoring", "AppliancePreferred", "falls back", "health"]) {
    expect(affinity).toContain(word);
  }
  expect(affinity).not.toContain("<no description>");
  expect(await kubectl("explain", "afp.spec.vmSelector")).toMatch(/\{\} selects every\s+VM/);
  expect(await kubectl("explain", "appl.spec.activation")).toContain("not health");
  expect(await kubectl("explain", "pvm.status.reports", "--recursive")).toContain("observedTime");
});

test("the samples apply; again they are unchanged, and a server-side dry run finds no difference", async () => {
  await kubectl("apply", "-k", SAMPLES);
  await untilSettled(admin);
  await untilQuiet(admin);
  const again = lines(await kubectl("apply", "-k", SAMPLES));
  expect(again).toHaveLength(readFolder(SAMPLES).length);
  expect(again.filter((line) => !line.endsWith(" unchanged"))).toEqual([]);
  expect(await kubectl("diff", "-k", SAMPLES)).toBe("");
  await kubectl("apply", "--server-side", "--force-conflicts", "-k", SAMPLES);
  await untilQuiet(admin);
  expect(await kubectl("diff", "--server-side", "-k", SAMPLES)).toBe("");
});
