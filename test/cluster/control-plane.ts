import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Admin } from "./admin.ts";
import { binaries, KUBERNETES_VARIABLE } from "./build.ts";
import { startBuilt } from "./built.ts";
import { ControlPlaneError, messageOf } from "./errors.ts";
import { accessOf } from "./existing.ts";
import { startK3s } from "./k3s.ts";
import { type Access, writeKubeconfig } from "./kubeconfig.ts";
import type { Say } from "./say.ts";
import { Watchdog } from "./watchdog.ts";

/** Names a kubeconfig file of a cluster to use; its current context counts. The user's own KUBECONFIG is never read. */
const KUBECONFIG_VARIABLE = "TANDEM_TEST_KUBECONFIG";

interface Reachable extends AsyncDisposable {
  /** `https://host:port`. */
  readonly server: string;
  /** The administrator's kubeconfig: a file of ours in a temporary folder, which goes away with the control plane. */
  readonly kubeconfig: string;
  /** `v1.37.2`. */
  readonly version: string;
}

/** A cluster of somebody else's, or k3s: it can be used, but its processes are not ours. */
interface ExistingControlPlane extends Reachable {
  readonly origin: "kubeconfig" | "k3s";
}

/** Our own processes, which a test may kill and start again with the same ports and data. */
export interface BuiltControlPlane extends Reachable {
  readonly origin: "built";
  readonly apiServer: Restartable;
  readonly etcd: Restartable;
  /** `http://127.0.0.1:port`, without TLS or a password. */
  readonly etcdEndpoint: string;
  /** Files (PEM) of the API server's self-made certificate, which is its own authority too, and of the key to it. */
  readonly certificate: string;
  readonly certificateKey: string;
}

export type ControlPlane = ExistingControlPlane | BuiltControlPlane;

/** A process that can be killed and started again. */
export interface Restartable {
  /** Absent while it is not running. */
  readonly pid: number | undefined;
  /** Resolves when the process is gone; default SIGKILL. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Resolves when it answers again (30 s at most, usually 2 s). Throws `ProcessFailed`. */
  start(): Promise<void>;
}

export interface ControlPlaneOptions {
  readonly say: Say;
  /** Where the temporary folder is made; default: the system's. */
  readonly dir?: string;
  /**
   * Whether a cluster named by TANDEM_TEST_KUBECONFIG, or k3s, will do (default, but where TANDEM_TEST_KUBERNETES names
   * a version). `false` for tests that must have a control plane of their own or kill its processes: they get a built one.
   */
  readonly preferExisting?: boolean;
  /** Ends a build, which takes minutes; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * A control plane for tests and the demo: the cluster that TANDEM_TEST_KUBECONFIG names, else k3s where a Docker engine
 * answers, else one built from pinned Go modules. Says which, and which were skipped and why. Any number of them may run
 * at once. Throws `NoControlPlane`, `KubeconfigRefused`, `BuildFailed` or `ProcessFailed`.
 */
export async function startControlPlane(
  options: ControlPlaneOptions & { preferExisting: false },
): Promise<BuiltControlPlane>;
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane>;
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { say, dir = tmpdir(), preferExisting = !process.env[KUBERNETES_VARIABLE], signal } = options;
  let noK3s = "not wanted here";
  if (preferExisting) {
    const path = process.env[KUBECONFIG_VARIABLE];
    if (path !== undefined && path !== "") return await announced(say, await useExisting(path, dir));
    const k3s = await startK3s(say);
    if (!("skipped" in k3s)) return await announced(say, await useK3s(k3s, dir));
    noK3s = k3s.skipped;
    say(`Skipped k3s: ${noK3s}`);
  }
  const programs = await binaries(say, signal);
  if ("skipped" in programs) throw new ControlPlaneError("NoControlPlane", threeWays(noK3s, programs.skipped));
  return await announced(say, await startBuilt(programs, say, dir));
}

function announced<T extends ControlPlane>(say: Say, plane: T): T {
  const origins = {
    kubeconfig: `the cluster of ${KUBECONFIG_VARIABLE}`,
    k3s: "k3s in Docker",
    built: "built from Go modules",
  } as const;
  say(`Kubernetes ${plane.version} at ${plane.server} (${origins[plane.origin]})`);
  return plane;
}

async function useExisting(path: string, dir: string): Promise<ExistingControlPlane> {
  return await reach("kubeconfig", await accessOf({ path }), dir);
}

async function useK3s(k3s: AsyncDisposable & { kubeconfig: string }, dir: string): Promise<ExistingControlPlane> {
  await using stack = new AsyncDisposableStack();
  stack.use(k3s);
  const plane = await reach("k3s", await accessOf({ text: k3s.kubeconfig }), dir);
  stack.use(plane);
  const owned = stack.move();
  return { ...plane, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Writes the access into a kubeconfig of our own, and checks that the server answers. */
async function reach(origin: "kubeconfig" | "k3s", access: Access, dir: string): Promise<ExistingControlPlane> {
  await using stack = new AsyncDisposableStack();
  mkdirSync(dir, { recursive: true });
  const folder = mkdtempSync(join(dir, "tandem-control-plane-"));
  stack.use(new Watchdog(folder));
  const kubeconfig = join(folder, "admin.kubeconfig");
  writeKubeconfig(kubeconfig, access);
  await using admin = new Admin(kubeconfig);
  let version: string;
  try {
    version = await admin.version();
  } catch (error) {
    const message = `${access.server} does not answer: ${messageOf(error)}`;
    throw new ControlPlaneError("KubeconfigRefused", message, { cause: error });
  }
  const owned = stack.move();
  return { origin, server: access.server, kubeconfig, version, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function threeWays(noK3s: string, noGo: string): string {
  return [
    "There is no Kubernetes API server to work with. Any one of these is enough:",
    `  1. ${KUBECONFIG_VARIABLE}=FILE, the kubeconfig of a cluster that may be used for tests (1.33 or later; not set)`,
    `  2. a Docker engine, for k3s (${noK3s})`,
    `  3. Go 1.26 or later, to build the control plane from source in 5 to 7 minutes (${noGo})`,
  ].join("\n");
}
