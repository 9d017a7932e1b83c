import { randomBytes } from "node:crypto";
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import metadata from "../../package.json" with { type: "json" };
import type { Sbom } from "../../scripts/sbom.ts";
import type { ProtectedVM } from "../../src/api/kinds.ts";
import { keyOf } from "../../src/api/object.ts";
import { tandem } from "../cli/run.ts";
import { baseImage } from "../image/base.ts";
import { build, buildah, type Image, inspect, reasonToSkip } from "../image/buildah.ts";
import { Container } from "../image/container.ts";
import { useCluster } from "./fixture.ts";
import { applyFolder, readFolder, SAMPLES, serviceAccountToken } from "./install.ts";
import { refOf } from "./kinds.ts";
import { readKubeconfig } from "./kubeconfig.ts";
import { freePort } from "./processes.ts";
import { type Say, spell } from "./say.ts";
import { untilSettled } from "./settled.ts";
import { deleteAndWait, until } from "./until.ts";

const ROOT = join(import.meta.dirname, "..", "..");
/** What .dockerignore lets through, and the Dockerfile. */
const CONTEXT = ["Dockerfile", ".dockerignore", ".npmrc", "package.json", "package-lock.json", "scripts", "src"];
const BUILD_TIMEOUT_MS = 300_000;
const reason = reasonToSkip();
const say: Say = (line) => process.stdout.write(`${line}\n`);
const { admin } = useCluster();
const folder = mkdtempSync(join(tmpdir(), "tandem-image-test-"));
const snapshot = join(folder, "snapshot");
const tag = `localhost/tandem-test:${randomBytes(4).toString("hex")}`;
const again = `${tag}-again`;
let base: string;
let image: Image;

/** Builds the Dockerfile as it is shipped, from a copy of what it is made of, as a clone is one. */
async function buildCopy(name: string): Promise<void> {
  const context = mkdtempSync(join(folder, "context-"));
  cpSync(snapshot, context, { recursive: true });
  const npmrc = join(homedir(), ".npmrc");
  const secrets = existsSync(npmrc) ? [`--secret=id=npmrc,src=${npmrc}`] : [];
  await build(context, name, `--build-arg=NODE_IMAGE=${base}`, ...secrets);
}

/** What a Pod finds in the folder of its ServiceAccount, and the variables that say where the API server is. */
async function podOf(server: string, ca: string): Promise<{ serviceAccount: string; env: Record<string, string> }> {
  const serviceAccount = mkdtempSync(join(folder, "service-account-"));
  chmodSync(folder, 0o755);
  chmodSync(serviceAccount, 0o755);
  writeFileSync(join(serviceAccount, "token"), await serviceAccountToken(admin, "tandem-system", "tandem-controller"));
  writeFileSync(join(serviceAccount, "ca.crt"), ca);
  writeFileSync(join(serviceAccount, "namespace"), "tandem-system");
  const { hostname, port } = new URL(server);
  return { serviceAccount, env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port || "443" } };
}

beforeEach(({ skip }) => skip(reason !== undefined, reason));

beforeAll(async () => {
  if (reason !== undefined) return;
  for (const file of CONTEXT) cpSync(join(ROOT, file), join(snapshot, file), { recursive: true });
  base = await baseImage(say);
  const started = performance.now();
  await buildCopy(tag);
  image = await inspect(tag);
  say(`The image: ${(image.size / 1e6).toFixed(0)} MB, built in ${spell(performance.now() - started)}`);
}, BUILD_TIMEOUT_MS);

afterAll(async () => {
  rmSync(folder, { recursive: true });
  if (reason !== undefined) return;
  for (const name of [tag, again]) await buildah("rmi", "--force", name).catch(() => "was never built");
});

test("the labels tell the version, and the user is no root", () => {
  expect(image.config.Labels["org.opencontainers.image.version"]).toBe(metadata.version);
  const deployment = readFolder(join(ROOT, "manifests", "base")).find(({ kind }) => kind === "Deployment");
  expect(deployment).toMatchObject({
    spec: { template: { spec: { securityContext: { runAsUser: 65532, runAsGroup: 65532 } } } },
  });
  expect(image.config.User).toBe("65532:65532");
});

test("it holds Node, its libraries, the program, and the licence of each; no shell, nothing to install with", async () => {
  const container = await buildah("from", "--pull-never", tag);
  try {
    const root = await buildah("mount", container);
    const files = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
    const packages = files.flatMap((file) => /^\/var\/lib\/dpkg\/status\.d\/(.+)/.exec(file)?.[1] ?? []);
    expect(packages).toEqual(expect.arrayContaining(["libc6", "libstdc++6"]));
    const library = /^\/lib(64)?\/([^/]+\/)?(ld-linux|lib)[^/]+\.so\.\d+$/;
    expect(files.filter((file) => !library.test(file)).toSorted()).toEqual(
      [
        "/app/THIRD-PARTY-LICENSES.txt",
        "/app/sbom.cdx.json",
        "/app/tandem.mjs",
        "/etc/group",
        "/etc/nsswitch.conf",
        "/etc/os-release",
        "/etc/passwd",
        "/usr/local/bin/node",
        "/usr/local/bin/tandem",
        ...["node", ...packages].map((name) => `/usr/share/doc/${name}/copyright`),
        ...packages.map((name) => `/var/lib/dpkg/status.d/${name}`),
      ].toSorted(),
    );
    const sbom = JSON.parse(readFileSync(join(root, "app", "sbom.cdx.json"), "utf8")) as Sbom;
    const names = sbom.components.map(({ name, version }) => `${name} ${version}`);
    expect(names).toContain(`node ${process.version.slice(1)}`);
    for (const name of packages)
      expect(
        names.some((one) => one.startsWith(`${name} `)),
        name,
      ).toBe(true);
  } finally {
    await buildah("rm", container);
  }
});

test.each([
  ["--version", 0, metadata.version],
  ["plan --help", 0, "Usage: tandem plan"],
  ["plan --from-git HEAD", 2, "there is no git on the PATH"],
])("tandem %s", async (line, code, text) => {
  const serviceAccount = mkdtempSync(join(folder, "nothing-"));
  const options = { image: tag, config: image.config, serviceAccount, args: line.split(" "), env: {} };
  await using container = await Container.start(options);
  expect(await container.ended()).toBe(code);
  expect(container.log()).toContain(text);
});

test("as a Pod would be run, it settles the samples as the command line says, and ends in order", async ({ skip }) => {
  const { server, ca } = readKubeconfig(admin.kubeconfig);
  if (ca === undefined) return skip("the API server has no authority of its own, which a Pod would be given");
  const [probes, metrics] = [await freePort(), await freePort()];
  const { serviceAccount, env } = await podOf(server, ca);
  const args = [...image.config.Cmd, `--probe-bind=127.0.0.1:${probes}`, `--metrics-bind=127.0.0.1:${metrics}`];
  const started = performance.now();
  await using container = await Container.start({ image: tag, config: image.config, serviceAccount, args, env });
  const created = performance.now();
  const answers = () =>
    fetch(`http://127.0.0.1:${probes}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    );
  await until(answers, {
    what: "the container is ready",
    timeoutMs: 30_000,
    state: () => container.log(),
  });
  const ready = performance.now();
  say(`Ready ${spell(ready - created)} after its start (${spell(created - started)} to unpack it before)`);

  const status = container.proc("status");
  for (const line of ["Uid:\t65532\t65532\t65532\t65532", "CapEff:\t0000000000000000", "NoNewPrivs:\t1"]) {
    expect(status).toContain(line);
  }
  expect(container.proc("mountinfo")).toMatch(/ \/ ro[, ]/);

  await applyFolder(admin, SAMPLES);
  try {
    const { vms } = await untilSettled(admin, { signal: AbortSignal.timeout(60_000) });
    const decided = decisionsOf(vms);
    const { out } = await tandem(["render", "-f", SAMPLES, "-o", "json"]);
    const rendered = (JSON.parse(out) as { items: ProtectedVM[] }).items.filter(({ kind }) => kind === "ProtectedVM");
    expect(decided).toEqual(decisionsOf(rendered));
    expect(vms.length).toBeGreaterThan(10);
    const records = container.log().trim().split("\n");
    for (const record of records) expect(() => JSON.parse(record), record).not.toThrow();
    expect(await container.stop()).toBe(0);
  } finally {
    const namespaces = readFolder(SAMPLES).filter(({ kind }) => kind === "Namespace");
    await Promise.all(namespaces.map((namespace) => deleteAndWait(admin, refOf(namespace))));
  }
});

test("a second build has the same files, with the same times, owners and modes", {
  timeout: BUILD_TIMEOUT_MS,
}, async () => {
  await buildCopy(again);
  expect((await inspect(again)).layers).toEqual(image.layers);
});

/** What was decided, by VM: the server lists by name, the command line in the order of the files. */
function decisionsOf(vms: readonly ProtectedVM[]): Record<string, unknown> {
  const decision = ({ status }: ProtectedVM) => {
    const rows = status?.features?.map(({ name, source, state, decidedBy }) => ({ name, source, state, decidedBy }));
    return { mode: status?.mode, coverage: status?.coverage, revision: status?.revision, rows };
  };
  return Object.fromEntries(vms.map((vm) => [keyOf(vm), decision(vm)]));
}
