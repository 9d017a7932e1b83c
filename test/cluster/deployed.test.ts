import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { loadAll } from "js-yaml";
import { afterAll, expect, test } from "vitest";
import type { KubeObject } from "../../src/api/object.ts";
import { Admin } from "./admin.ts";
import { accessOf } from "./existing.ts";
import { applyFolder, installCrds, SAMPLES } from "./install.ts";
import { startK3s } from "./k3s.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { untilSettled } from "./settled.ts";
import { untilObject } from "./until.ts";

interface Deployment extends KubeObject {
  spec: { replicas: number };
  status?: { readyReplicas?: number; observedGeneration?: number };
}

const ROOT = join(import.meta.dirname, "..", "..");
/** What manifests/base names; of a build on this machine it needs no registry. */
const IMAGE = "tandem:0.1.0";
const MINUTE_MS = 60_000;
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "tandem-deployed-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("the image as it is built and the Deployment as it is shipped settle the samples: both replicas are ready, one leads", {
  timeout: 15 * MINUTE_MS,
}, async ({ skip }) => {
  await using k3s = await cluster(skip);
  const archive = join(folder, "image.tar");
  await run("docker", ["build", "-t", IMAGE, ROOT], { timeout: 5 * MINUTE_MS, maxBuffer: 2 ** 26 });
  await run("docker", ["save", "-o", archive, IMAGE], { timeout: MINUTE_MS });
  await k3s.load(archive);
  const kubeconfig = join(folder, "kubeconfig");
  writeKubeconfig(kubeconfig, await accessOf({ text: k3s.kubeconfig }));
  await using admin = new Admin(kubeconfig);

  await installCrds(admin);
  const objects = loadAll(readFileSync(join(ROOT, "manifests", "install.yaml"), "utf8")) as KubeObject[];
  for (const object of objects) await admin.apply(object);
  const ref = { kind: "Deployment", namespace: "tandem-system", name: "tandem-controller" };
  const isReady = ({ metadata, spec, status }: Deployment) =>
    status?.observedGeneration === metadata.generation && status?.readyReplicas === spec.replicas;
  await untilObject<Deployment>(admin, ref, {
    what: "every replica is ready",
    condition: isReady,
    timeoutMs: 3 * MINUTE_MS,
  });

  await applyFolder(admin, SAMPLES);
  const { vms } = await untilSettled(admin, { timeoutMs: MINUTE_MS });
  expect(vms.length).toBeGreaterThan(0);
  const lease = await admin.get<KubeObject & { spec: { holderIdentity: string } }>({ ...ref, kind: "Lease" });
  expect(lease.spec.holderIdentity).toMatch(/^tandem-controller-/);
});

/** k3s of this test's own; skips it, by name, where there is none. */
async function cluster(skip: (reason: string) => never) {
  const k3s = await startK3s((line) => process.stdout.write(`${line}\n`));
  if ("skipped" in k3s) return skip(`no k3s: ${k3s.skipped}`);
  return k3s;
}
