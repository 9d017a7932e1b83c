import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ControlPlaneError, messageOf } from "./errors.ts";
import { type Say, spell } from "./say.ts";

/** The folder of go.mod, which pins every version: nothing here repeats one. */
const MODULE = import.meta.dirname;
const PROGRAMS = {
  etcd: "go.etcd.io/etcd/server/v3",
  apiServer: "k8s.io/kubernetes/cmd/kube-apiserver",
  controllerManager: "k8s.io/kubernetes/cmd/kube-controller-manager",
} as const;
const PROGRESS_EVERY_MS = 20_000;
const HEARTBEAT_MS = 2_000;
/** A lock that nobody touched for this long belongs to a build that is dead. */
const LOCK_STALE_MS = 15_000;
const TAIL_LINES = 25;

/** Paths of the three programs. */
export interface Binaries {
  readonly etcd: string;
  readonly apiServer: string;
  readonly controllerManager: string;
}

interface Progress {
  readonly say: Say;
  readonly signal: AbortSignal | undefined;
}

/**
 * The programs of a control plane, built from pinned Go modules once a user, machine and Go version, or the reason why
 * they cannot be built here. Throws `BuildFailed` with the end of the compiler's output.
 */
export async function binaries(say: Say, signal?: AbortSignal): Promise<Binaries | { skipped: string }> {
  let goVersion: string;
  try {
    goVersion = (await go(["version"], signal)).trim();
  } catch (error) {
    return { skipped: `no usable Go compiler (${messageOf(error)})` };
  }
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "tandem", "control-plane");
  const key = createHash("sha256");
  for (const file of ["go.mod", "go.sum"]) key.update(readFileSync(join(MODULE, file)));
  const folder = join(cache, key.update(goVersion).digest("hex").slice(0, 16));
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    await locked(`${folder}.lock`, { say, signal }, async () => {
      if (!existsSync(folder)) await build(folder, goVersion, { say, signal });
    });
  }
  return {
    etcd: join(folder, "etcd"),
    apiServer: join(folder, "kube-apiserver"),
    controllerManager: join(folder, "kube-controller-manager"),
  };
}

async function build(folder: string, goVersion: string, { say, signal }: Progress): Promise<void> {
  const kubernetes = /^\s*k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/m.exec(readFileSync(join(MODULE, "go.mod"), "utf8"));
  const [, gitVersion, major, minor] = kubernetes ?? [];
  if (gitVersion === undefined) throw new ControlPlaneError("BuildFailed", `no k8s.io/kubernetes in ${MODULE}/go.mod`);
  say(`Building Kubernetes ${gitVersion} and etcd with ${goVersion.split(" ")[2]}, once for this machine`);
  say("  usually takes 5 to 7 minutes on two cores, and seconds from then on");
  const stamp = "k8s.io/component-base/version.git";
  const ldflags = `-s -w -X ${stamp}Version=${gitVersion} -X ${stamp}Major=${major} -X ${stamp}Minor=${minor}`;
  const unfinished = `${folder}.${process.pid}`;
  const started = performance.now();
  const progress = setInterval(() => say(`  … ${spell(performance.now() - started)}`), PROGRESS_EVERY_MS);
  try {
    await go(["build", "-trimpath", "-ldflags", ldflags, "-o", `${unfinished}/`, ...Object.values(PROGRAMS)], signal);
    // Go names the program after its folder.
    renameSync(join(unfinished, "server"), join(unfinished, "etcd"));
    if (existsSync(folder)) rmSync(unfinished, { recursive: true });
    else renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    signal?.throwIfAborted();
    const message = `The control plane did not build:\n${messageOf(error)}`;
    throw new ControlPlaneError("BuildFailed", message, { cause: error });
  } finally {
    clearInterval(progress);
  }
  say(`  built in ${spell(performance.now() - started)}`);
}

/** Runs the go command in our module; rejects with the last lines that it wrote. */
async function go(args: readonly string[], signal: AbortSignal | undefined): Promise<string> {
  const child = spawn("go", args, {
    cwd: MODULE,
    env: { ...process.env, GOFLAGS: "-mod=readonly", GOWORK: "off" },
    stdio: ["ignore", "pipe", "pipe"],
    ...(signal !== undefined && { signal }),
  });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on("error", reject).on("close", resolve);
  const code = await promise;
  if (code === 0) return output;
  const lines = errors.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
  throw new Error(lines === "" ? `go ended with ${code}` : lines);
}

/**
 * Runs `work` while no other process of this user does. The lock only saves work: each build writes a folder of its own
 * and renames it at the end, so two that both take over a dead one's lock do no harm.
 */
async function locked(lock: string, { say, signal }: Progress, work: () => Promise<void>): Promise<void> {
  let waiting = false;
  while (!take(lock)) {
    if (!waiting) say("Waiting for another build of the control plane on this machine");
    waiting = true;
    signal?.throwIfAborted();
    if (age(lock) > LOCK_STALE_MS) rmSync(lock, { force: true });
    else await sleep(500);
  }
  const heartbeat = setInterval(() => touch(lock), HEARTBEAT_MS);
  try {
    await work();
  } finally {
    clearInterval(heartbeat);
    rmSync(lock, { force: true });
  }
}

function take(lock: string): boolean {
  try {
    writeFileSync(lock, `${process.pid}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

function touch(lock: string): void {
  try {
    utimesSync(lock, new Date(), new Date());
  } catch {
    // Somebody took us for dead: the rename at the end settles it.
  }
}

/** Milliseconds since the lock was touched; 0 if it is gone. */
function age(lock: string): number {
  return Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
}
