import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const TANDEM = join(import.meta.dirname, "../../bin/tandem");

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "tandem-test-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function vms(count: number): string {
  const vm = (i: number) =>
    `apiVersion: tandem.dev/v1alpha1\nkind: ProtectedVM\nmetadata: {name: vm-${i}, namespace: ns-${i % 50}, labels: {tier: t${i % 20}}}\n` +
    `spec:\n  hostName: esx-${i % 100}\n  guestOS: Linux\n  features: [AntiMalware, Firewall, IntegrityMonitoring]\n  agent: {state: Activated}\n`;
  return Array.from({ length: count }, (_, i) => vm(i)).join("---\n");
}

test("the launcher works through symbolic links, from any folder, and hands on exit codes", () => {
  const path = folder();
  mkdirSync(join(path, "a"));
  symlinkSync(TANDEM, join(path, "a", "one"));
  symlinkSync("a/one", join(path, "two"));
  const good = spawnSync(join(path, "two"), ["--version"], { cwd: path, encoding: "utf8" });
  expect([good.status, good.stderr]).toEqual([0, ""]);
  expect(good.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(spawnSync(join(path, "two"), ["nonsense"], { cwd: path }).status).toBe(2);
});

test("without git, or a cluster that answers, it ends as soon as it has said so", () => {
  const main = join(import.meta.dirname, "../../src/main.ts");
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [main, ...args], { env: { PATH: "/nowhere" }, encoding: "utf8", timeout: 10_000 });
  const git = run("plan", "--from-git", "HEAD", "-f", "manifests/samples");
  expect(git).toMatchObject({ status: 2, stderr: expect.stringContaining("there is no git on the PATH") });
  const cluster = run("lint", "--kubeconfig", "nowhere");
  expect(cluster).toMatchObject({ status: 2, stderr: expect.stringContaining("nowhere") });
});

test("without Node 24 the launcher says what to do", () => {
  const path = folder();
  mkdirSync(join(path, "bin"));
  const copied = spawnSync("cp", [TANDEM, join(path, "bin")]);
  expect(copied.status).toBe(0);
  writeFileSync(join(path, "bin", "node"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  const env = { PATH: `${join(path, "bin")}:/usr/bin:/bin` };
  const { status, stderr } = spawnSync(join(path, "bin", "tandem"), ["--version"], { env, encoding: "utf8" });
  expect(status).toBe(2);
  expect(stderr).toMatch(/^tandem: Node\.js 24 or later is needed\./);
});

test("10,000 VMs through pipes arrive whole", { timeout: 60_000 }, () => {
  const { status, stdout, stderr } = spawnSync(TANDEM, ["render", "-f", "-", "-o", "json"], {
    input: vms(10_000),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  expect([status, stderr]).toEqual([0, ""]);
  expect((JSON.parse(stdout) as { items: unknown[] }).items).toHaveLength(10_000);
});

test("a reader that goes away is no error", { timeout: 60_000 }, async () => {
  const child = spawn(TANDEM, ["render", "-f", "-", "-o", "yaml"], { stdio: ["pipe", "pipe", "pipe"] });
  let errors = "";
  child.stderr.on("data", (data: Buffer) => {
    errors += data.toString();
  });
  child.stdout.once("data", () => child.stdout.destroy());
  child.stdin.end(vms(2_000));
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(errors).toBe("");
});
