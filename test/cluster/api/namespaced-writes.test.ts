import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import type { AffinityPolicy, ProtectedVM } from "../../../src/api/kinds.ts";
import type { KubeObject } from "../../../src/api/object.ts";
import { built, MANIFESTS, NO_KUBECTL, objectsOf } from "../../manifests/kustomize.ts";
import { ControllerProcess } from "../controller-process.ts";
import { useCluster } from "../fixture.ts";
import { BASE, kubeconfigFor, readFolder, serviceAccountToken } from "../install.ts";
import { refOf } from "../kinds.ts";
import { until, untilObject } from "../until.ts";
import { policy, vm } from "./support.ts";

const { admin, namespace } = useCluster();
const COMPONENT = "components/namespaced-writes";
const OTHER = `${namespace}-other`;
const ROLE = { kind: "ClusterRole", name: "tandem-controller" };
const WRITER = { kind: "ClusterRole", name: "tandem-vm-status-writer" };
const spec: ProtectedVM["spec"] = { guestOS: "Linux", features: ["Firewall"] };
const rulesOf = (objects: readonly KubeObject[]) => {
  const role = objects.find(({ kind, metadata }) => kind === ROLE.kind && metadata.name === ROLE.name);
  return (role as KubeObject & { rules: object[] }).rules;
};

beforeAll(async () => {
  await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: OTHER } });
  if (NO_KUBECTL !== undefined) return;
  const objects = objectsOf(built(COMPONENT));
  for (const one of objects.filter(({ metadata }) => metadata.name === WRITER.name)) await admin.apply(one);
  await admin.mergePatch(ROLE, { rules: rulesOf(objects) });
});
beforeEach(({ skip }) => skip(NO_KUBECTL !== undefined, NO_KUBECTL));

afterAll(async () => {
  await admin.mergePatch(ROLE, { rules: rulesOf(readFolder(BASE)) });
  await admin.delete(WRITER);
  await admin.deleteAll("ProtectedVM", { namespace: OTHER });
  await admin.delete({ kind: "Namespace", name: OTHER });
});

/** The command that the component shows, with this namespace. */
async function allow(name: string): Promise<void> {
  const shown = readFileSync(join(MANIFESTS, COMPONENT, "kustomization.yaml"), "utf8");
  const lines = shown.split("\n").filter((line) => /^# {3,}\S/.test(line));
  const script = lines.map((line) => line.slice(4)).join("\n");
  expect(script).toMatch(/^kubectl create rolebinding .*-n NAMESPACE /);
  const env = { PATH: process.env.PATH, KUBECONFIG: inject("kubeconfig") };
  await promisify(execFile)("sh", ["-e", "-c", script.replace("NAMESPACE", name)], { env });
}

test("statuses are written where a RoleBinding allows it, and nowhere else; a policy for both waits", async () => {
  const [ours, theirs] = [vm(namespace, "web-1", spec), vm(OTHER, "web-1", spec)];
  for (const object of [policy("all", { vmSelector: {} }), ours, theirs]) await admin.create<KubeObject>(object);
  await allow(namespace);
  const token = await serviceAccountToken(admin, "tandem-system", "tandem-controller");
  await using controller = new ControllerProcess(kubeconfigFor(admin, token), ["--no-leader-elect"]);
  const decided = (affinity: string) => (one: ProtectedVM) => one.status?.features?.[0]?.affinity === affinity;
  const all = refOf(policy("all", { vmSelector: {} }));
  const policyAt = (generation: number) => ({
    what: `generation ${generation} of the policy is rolled out`,
    condition: (one: AffinityPolicy) => one.status?.observedGeneration === generation,
  });
  await untilObject(admin, refOf(ours), { what: "it is written", condition: decided("AgentPreferred") });
  await until(() => /forbidden/i.test(controller.log()), { what: "the refusal is in the log" });
  expect((await admin.get<ProtectedVM>(refOf(theirs))).status).toEqual({ observedGeneration: -1 });

  // A change that concerns both.
  await admin.mergePatch(all, { spec: { affinity: { network: "AgentOnly" } } });
  await untilObject(admin, refOf(ours), { what: "it is decided anew", condition: decided("AgentOnly") });
  // Longer than counts are held back.
  await sleep(1_500);
  expect((await admin.get<AffinityPolicy>(all)).status?.observedGeneration).not.toBe(2);
  expect((await admin.get<ProtectedVM>(refOf(theirs))).status).toEqual({ observedGeneration: -1 });

  await allow(OTHER);
  await untilObject(admin, refOf(theirs), { what: "the other is written too", condition: decided("AgentOnly") });
  const { status } = await untilObject<AffinityPolicy>(admin, all, policyAt(2));
  expect(status?.vms).toEqual({ matched: 2, effective: 2 });
  expect(await controller.stop()).toBe(0);
});
