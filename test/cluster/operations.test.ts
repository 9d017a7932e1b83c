import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { selfSigned } from "../observe/self-signed.ts";
import { appliance, vm } from "./api/support.ts";
import { ControllerProcess } from "./controller-process.ts";
import { useCluster } from "./fixture.ts";
import { kubeconfigFor, readFolder, serviceAccountToken } from "./install.ts";
import { refOf } from "./kinds.ts";
import { freePort } from "./processes.ts";
import { until } from "./until.ts";

const PROGRAM = join(import.meta.dirname, "..", "..", "bin", "tandem");
const COMPONENT = readFolder(join(import.meta.dirname, "..", "..", "manifests", "components", "metrics"));
const { admin, namespace } = useCluster();
let kubeconfig = "";

beforeAll(async () => {
  kubeconfig = kubeconfigFor(admin, await serviceAccountToken(admin, "tandem-system", "tandem-controller"));
});

afterAll(async () => {
  for (const object of COMPONENT) await admin.delete(refOf(object));
});

/** Runs the controller to its end; answers its exit code and log lines. */
function run(...args: string[]): { code: number | null; lines: Record<string, unknown>[] } {
  const all = ["controller", "--kubeconfig", kubeconfig, "--log-format=json", ...args];
  const { status, stderr } = spawnSync(PROGRAM, all, { encoding: "utf8", timeout: 20_000 });
  return {
    code: status,
    lines: stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  };
}

test("--once --dry-run says what would be written and writes nothing; --once writes it; then nothing is left to do", async () => {
  await admin.create(appliance("once", { hostName: "esx-once" }));
  await admin.create(vm(namespace, "once", { hostName: "esx-once", guestOS: "Windows", features: ["AntiMalware"] }));
  const dry = run("--once", "--dry-run");
  expect(dry.code).toBe(1);
  expect(
    dry.lines
      .filter(({ msg }) => msg === "would write")
      .map(({ controller, name }) => `${controller} ${name}`)
      .toSorted(),
  ).toEqual(["appliance once", "protectedvm once"]);
  const fresh = await admin.get<{ status: unknown; metadata: { name: string } }>({
    kind: "ProtectedVM",
    namespace,
    name: "once",
  });
  expect(fresh.status).toEqual({ observedGeneration: -1 });
  expect(run("--once").code).toBe(0);
  const settled = await admin.get<{ status: unknown; metadata: { name: string } }>({
    kind: "ProtectedVM",
    namespace,
    name: "once",
  });
  expect(settled.status).toMatchObject({ observedGeneration: 1 });
  expect(run("--once", "--dry-run").code).toBe(0);
});

/** Scrapes; answers the HTTP status, or the body of a 200. */
function scrape(port: number, { ca, token }: { ca: string; token?: string }): Promise<number | string> {
  const { promise, resolve, reject } = Promise.withResolvers<number | string>();
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const sent = request(
    { host: "127.0.0.1", port, path: "/metrics", headers, ca, servername: "localhost" },
    async (answer) => {
      const body = Buffer.concat(await answer.toArray()).toString("utf8");
      resolve(answer.statusCode === 200 ? body : (answer.statusCode ?? 0));
    },
  );
  sent.on("error", reject).end();
  return promise;
}

test("metrics off loopback: HTTPS, and only for a token that may get /metrics", async () => {
  for (const object of COMPONENT) await admin.apply(object);
  for (const name of ["prometheus", "stranger"]) {
    await admin.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } });
  }
  const binding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: `metrics-${namespace}` },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "tandem-metrics-reader" },
    subjects: [{ kind: "ServiceAccount", name: "prometheus", namespace }],
  };
  await admin.create(binding);
  onTestFinished(async () => {
    await admin.delete(refOf(binding));
  });
  const { cert: ca, key } = selfSigned();
  const certDir = mkdtempSync(join(tmpdir(), "tandem-metrics-"));
  writeFileSync(join(certDir, "tls.crt"), ca);
  writeFileSync(join(certDir, "tls.key"), key, { mode: 0o600 });
  const port = await freePort();
  await using controller = new ControllerProcess(kubeconfig, [
    "--no-leader-elect",
    `--metrics-bind=:${port}`,
    `--metrics-cert-dir=${certDir}`,
  ]);
  const prometheus = await serviceAccountToken(admin, namespace, "prometheus");
  const stranger = await serviceAccountToken(admin, namespace, "stranger");
  const body = await until(
    async () => {
      const answer = await scrape(port, { ca, token: prometheus });
      return typeof answer === "string" && answer;
    },
    { what: "Prometheus is served" },
  );
  expect(body).toMatch(/^leader_election_master_status\{name="tandem-controller"\} 1$/m);
  expect(await scrape(port, { ca })).toBe(401);
  expect(await scrape(port, { ca, token: "made-up" })).toBe(401);
  expect(await scrape(port, { ca, token: stranger })).toBe(403);
  for (const secret of [prometheus, stranger]) expect(controller.log()).not.toContain(secret);
  expect(await controller.stop()).toBe(0);
});
