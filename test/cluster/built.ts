import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Admin } from "./admin.ts";
import type { Binaries } from "./build.ts";
import type { BuiltControlPlane, Restartable } from "./control-plane.ts";
import { ControlPlaneError } from "./errors.ts";
import { readKubeconfig, writeKubeconfig } from "./kubeconfig.ts";
import { Daemon, freePort } from "./processes.ts";
import type { Say } from "./say.ts";
import { Watchdog } from "./watchdog.ts";

/** kube-apiserver answers within 2 s on an idle machine; a busy two-core one needs ten times that. */
const READY_TIMEOUT_MS = 60_000;
const PORT_ATTEMPTS = 5;
/** What makes namespaces go away and gives each its default ServiceAccount; nothing that would need nodes. */
const CONTROLLERS = [
  "namespace-controller",
  "garbage-collector-controller",
  "serviceaccount-controller",
  "root-ca-certificate-publisher-controller",
];

/**
 * etcd, kube-apiserver and kube-controller-manager on free ports of 127.0.0.1, with all data in a new folder inside
 * `parent` (default: the system's temporary folder), which goes away with them. There is no kubelet: Pods never run.
 * Throws `ProcessFailed` with the end of the log of what failed.
 */
export async function startBuilt(programs: Binaries, say: Say, parent = tmpdir()): Promise<BuiltControlPlane> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(programs, say, parent);
    } catch (error) {
      const lostPort = error instanceof ControlPlaneError && error.code === "PortTaken";
      if (!lostPort || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function startOnce(programs: Binaries, say: Say, parent: string): Promise<BuiltControlPlane> {
  await using stack = new AsyncDisposableStack();
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "tandem-control-plane-"));
  const watchdog = stack.use(new Watchdog(folder));
  const daemon = (name: string, command: string, args: readonly string[], ready: () => Promise<boolean>): Daemon => {
    const logFile = join(folder, `${name}.log`);
    const options = { name, command, args, logFile, watchdog, ready, readyTimeoutMs: READY_TIMEOUT_MS, onDeath: say };
    const process = new Daemon(options);
    stack.defer(() => process.kill());
    return process;
  };

  const etcdEndpoint = `http://127.0.0.1:${await freePort()}`;
  const etcd = daemon("etcd", programs.etcd, etcdArgs(folder, etcdEndpoint, await freePort()), async () => {
    return (await fetch(`${etcdEndpoint}/health`, { signal: AbortSignal.timeout(2_000) })).ok;
  });
  await etcd.start();

  const port = await freePort();
  const server = `https://127.0.0.1:${port}`;
  const kubeconfig = join(folder, "admin.kubeconfig");
  const certificate = join(folder, "certificates", "apiserver.crt");
  const token = writeCredentials(folder);
  let wasReady = false;
  const apiServer = daemon(
    "kube-apiserver",
    programs.apiServer,
    apiServerArgs(folder, etcdEndpoint, port),
    async () => {
      if (!existsSync(certificate)) return false;
      // The server signs its own certificate, which is therefore also the authority to trust.
      // Until it was ready once, each time anew: the server may just be writing its certificate.
      if (!wasReady) writeKubeconfig(kubeconfig, { server, ca: readFileSync(certificate, "utf8"), token });
      await using admin = new Admin(kubeconfig);
      const isReady = (await admin.request({ method: "GET", path: "/readyz" })).status === 200;
      wasReady ||= isReady;
      return isReady;
    },
  );
  await apiServer.start();

  const admin = stack.use(new Admin(kubeconfig));
  const manager = daemon(
    "kube-controller-manager",
    programs.controllerManager,
    managerArgs(folder, kubeconfig),
    async () => {
      return (await admin.find({ kind: "ServiceAccount", namespace: "default", name: "default" })) !== undefined;
    },
  );
  await manager.start();

  const owned = stack.move();
  return {
    origin: "built",
    server: readKubeconfig(kubeconfig).server,
    kubeconfig,
    version: await admin.version(),
    etcdEndpoint,
    certificate,
    certificateKey: join(folder, "certificates", "apiserver.key"),
    etcd: restartable(etcd),
    apiServer: restartable(apiServer),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function etcdArgs(folder: string, endpoint: string, peerPort: number): string[] {
  // A single member has no peers, but insists on an address for them.
  const peers = `http://127.0.0.1:${peerPort}`;
  return [
    `--data-dir=${join(folder, "etcd")}`,
    `--listen-client-urls=${endpoint}`,
    `--advertise-client-urls=${endpoint}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
    "--unsafe-no-fsync",
    "--log-level=error",
  ];
}

function apiServerArgs(folder: string, etcdEndpoint: string, port: number): string[] {
  const key = join(folder, "service-account.key");
  return [
    `--etcd-servers=${etcdEndpoint}`,
    `--cert-dir=${join(folder, "certificates")}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    "--service-cluster-ip-range=10.0.0.0/24",
    "--endpoint-reconciler-type=none",
    "--authorization-mode=RBAC",
    `--token-auth-file=${join(folder, "tokens.csv")}`,
  ];
}

function managerArgs(folder: string, kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--controllers=${CONTROLLERS.join(",")}`,
    `--service-account-private-key-file=${join(folder, "service-account.key")}`,
    `--root-ca-file=${join(folder, "certificates", "apiserver.crt")}`,
    "--leader-elect=false",
    // It serves nothing that we need, so it needs no port.
    "--secure-port=0",
  ];
}

/** Writes the key that signs ServiceAccount tokens and the administrator's token, which it returns. */
function writeCredentials(folder: string): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs1", format: "pem" });
  writeFileSync(join(folder, "service-account.key"), pem, { mode: 0o600 });
  const token = randomBytes(24).toString("base64url");
  writeFileSync(join(folder, "tokens.csv"), `${token},tandem-test-admin,tandem-test-admin,"system:masters"\n`, {
    mode: 0o600,
  });
  return token;
}

function restartable(daemon: Daemon): Restartable {
  return {
    get pid() {
      return daemon.pid;
    },
    kill: (signal) => daemon.kill(signal),
    start: () => daemon.start(),
  };
}
