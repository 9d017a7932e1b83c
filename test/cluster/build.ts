import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ControlPlaneError, messageOf } from "./errors.ts";
import { type Say, spell } from "./say.ts";

const PROGRESS_EVERY_MS = 20_000;
const HEARTBEAT_MS = 2_000;
/** A lock that nobody touched for this long belongs to a build that is dead. */
const LOCK_STALE_MS = 15_000;
const TAIL_LINES = 25;

/** Some programs of one Go module. */
export interface GoPrograms<Name extends string> {
  /** What says in messages what is built: `the control plane`. */
  readonly what: string;
  /** The folder of go.mod, which pins every version. */
  readonly module: string;
  /** The folder in the user's cache that keeps the builds. */
  readonly cache: string;
  /** Packages by the name that their program is to have. */
  readonly packages: Readonly<Record<Name, string>>;
  /** How long a first build takes, in words. */
  readonly takes: string;
  readonly ldflags?: readonly string[];
  /** Build tags, for what a program is to be without. */
  readonly tags?: readonly string[];
}

interface Progress {
  readonly say: Say;
  readonly signal?: AbortSignal | undefined;
}

/** Paths of the three programs of a control plane. */
export type Binaries = Readonly<Record<"etcd" | "apiServer" | "controllerManager", string>>;

/** `1.34`: a control plane of that version is built, from test/versions/1.34, and no other one is taken. Unset: the newest. */
export const KUBERNETES_VARIABLE = "TANDEM_TEST_KUBERNETES";

/** The programs of a control plane, or the reason why they cannot be built here. Throws as `goPrograms` does. */
export async function binaries(say: Say, signal?: AbortSignal): Promise<Binaries | { skipped: string }> {
  const chosen = process.env[KUBERNETES_VARIABLE];
  const older = join(import.meta.dirname, "..", "versions", chosen || "none");
  const module = existsSync(older) ? older : import.meta.dirname;
  const pinned = /^\s*k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/m.exec(readFileSync(join(module, "go.mod"), "utf8"));
  const [, gitVersion, major, minor] = pinned ?? [];
  if (gitVersion === undefined || (chosen && chosen !== `${major}.${minor}`))
    throw new ControlPlaneError("BuildFailed", `no k8s.io/kubernetes ${chosen ?? ""} in ${module}/go.mod`);
  const stamp = "-X k8s.io/component-base/version.git";
  const built = await goPrograms(
    {
      what: `the control plane (Kubernetes ${gitVersion} and etcd)`,
      module,
      cache: "control-plane",
      packages: {
        etcd: "go.etcd.io/etcd/server/v3",
        "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
        "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
      },
      takes: "5 to 7 minutes on two cores",
      ldflags: [`${stamp}Version=${gitVersion}`, `${stamp}Major=${major}`, `${stamp}Minor=${minor}`],
    },
    { say, signal },
  );
  if ("skipped" in built) return built;
  return {
    etcd: built.etcd,
    apiServer: built["kube-apiserver"],
    controllerManager: built["kube-controller-manager"],
  };
}

/**
 * The paths of Go programs, which are built once a user, machine and Go version, and again when go.mod, go.sum or a Go
 * file of the module changes; or the reason why they cannot be built here. Throws `BuildFailed` with the end of the
 * compiler's output.
 */
export async function goPrograms<Name extends string>(
  programs: GoPrograms<Name>,
  progress: Progress,
): Promise<Readonly<Record<Name, string>> | { skipped: string }> {
  const { module, packages, what } = programs;
  let goVersion: string;
  try {
    goVersion = (await go(["version"], { cwd: module, signal: progress.signal })).trim();
  } catch (error) {
    return { skipped: `no usable Go compiler (${messageOf(error)})` };
  }
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "tandem", programs.cache);
  const key = createHash("sha256");
  for (const file of ["go.mod", "go.sum", ...goFiles(module)]) key.update(readFileSync(join(module, file)));
  const folder = join(cache, key.update(goVersion).digest("hex").slice(0, 16));
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    await locked({ lock: `${folder}.lock`, what }, progress, async () => {
      if (!existsSync(folder)) await build(programs, { folder, goVersion }, progress);
    });
  }
  const paths = Object.keys(packages).map((name) => [name, join(folder, name)]);
  return Object.fromEntries(paths) as Record<Name, string>;
}

/** The module's own Go files, in byte order. */
function goFiles(module: string): string[] {
  const files = readdirSync(module, { recursive: true, encoding: "utf8" });
  return files.filter((file) => file.endsWith(".go")).toSorted();
}

async function build(
  { what, module, packages, takes, ldflags = [], tags = [] }: GoPrograms<string>,
  { folder, goVersion }: { folder: string; goVersion: string },
  { say, signal }: Progress,
): Promise<void> {
  say(`Building ${what} with ${goVersion.split(" ")[2]}, once for this machine`);
  say(`  usually takes ${takes}, and seconds from then on`);
  const unfinished = `${folder}.${process.pid}`;
  const started = performance.now();
  const progress = setInterval(() => say(`  … ${spell(performance.now() - started)}`), PROGRESS_EVERY_MS);
  try {
    const linked = ["-s", "-w", ...ldflags].join(" ");
    const flags = ["-trimpath", "-tags", tags.join(","), "-ldflags", linked, "-o", `${unfinished}/`];
    await go(["build", ...flags, ...Object.values(packages)], { cwd: module, signal });
    for (const [name, path] of Object.entries(packages))
      renameSync(join(unfinished, goName(path)), join(unfinished, name));
    if (existsSync(folder)) rmSync(unfinished, { recursive: true });
    else renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    signal?.throwIfAborted();
    throw new ControlPlaneError("BuildFailed", `${what}: the build failed:\n${messageOf(error)}`, { cause: error });
  } finally {
    clearInterval(progress);
  }
  say(`  built in ${spell(performance.now() - started)}`);
}

/** Go names a program after its folder, of which a major version is no part: `server` for `…/server/v3`. */
function goName(path: string): string {
  const parts = path.split("/");
  return parts.findLast((part) => !/^v\d+$/.test(part)) ?? path;
}

/** Runs the go command in a module; rejects with the last lines that it wrote. */
async function go(
  args: readonly string[],
  { cwd, signal }: { cwd: string; signal: AbortSignal | undefined },
): Promise<string> {
  const child = spawn("go", args, {
    cwd,
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
async function locked(
  { lock, what }: { lock: string; what: string },
  { say, signal }: Progress,
  work: () => Promise<void>,
): Promise<void> {
  let waiting = false;
  while (!take(lock)) {
    if (!waiting) say(`Waiting for another build of ${what} on this machine`);
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
