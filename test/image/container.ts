import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Watchdog } from "../cluster/watchdog.ts";
import { buildah, type ImageConfig } from "./buildah.ts";

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const END_TIMEOUT_MS = 10_000;
/** As the kubelet has a container runtime do it: nothing can be written, and nothing can be gained by what is run. */
const SCRIPT = `
set -eu
root=$1 account=$2 user=$3
shift 3
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount --bind "$account" "$root${SERVICE_ACCOUNT}"
mount -o remount,bind,ro "$root"
exec setpriv --no-new-privs --bounding-set=-all,+setuid,+setgid,+sys_chroot chroot --userspec="$user" "$root" "$@"
`;

export interface ContainerOptions {
  readonly image: string;
  readonly config: ImageConfig;
  /** What is mounted where Pods have their ServiceAccount. */
  readonly serviceAccount: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * An image's entry point, as process 1 of its own process tree, as the image's user, without capabilities, on the image's
 * file system, which is read-only. It has the machine's network. Its output goes to a file.
 */
export class Container implements AsyncDisposable {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #watchdog: Watchdog;
  readonly #logFile: string;
  readonly #exit: Promise<number | null>;

  static async start(options: ContainerOptions): Promise<Container> {
    const name = await buildah("from", "--pull-never", options.image);
    const root = await buildah("mount", name);
    // A runtime makes what it mounts on.
    for (const folder of ["proc", "dev", SERVICE_ACCOUNT]) mkdirSync(join(root, folder), { recursive: true });
    return new Container(name, root, options);
  }

  private constructor(name: string, root: string, { config, serviceAccount, args, env }: ContainerOptions) {
    this.#name = name;
    const folder = mkdtempSync(join(tmpdir(), "tandem-container-"));
    this.#watchdog = new Watchdog(folder);
    this.#logFile = join(folder, "log");
    const log = openSync(this.#logFile, "a");
    const inside = ["sh", "-c", SCRIPT, "sh", root, serviceAccount, config.User, ...config.Entrypoint, ...args];
    this.#child = spawn("unshare", ["--mount", "--pid", "--fork", "--kill-child", ...inside], {
      stdio: ["ignore", log, log],
      env: { PATH: process.env.PATH, ...env },
    });
    closeSync(log);
    if (this.#child.pid !== undefined) this.#watchdog.watch(this.#child.pid);
    this.#exit = once(this.#child, "exit").then(([code]: (number | null)[]) => code ?? null);
    this.#exit.catch(() => {}); // who waits for the end is told
  }

  /** The number by which the machine knows the container's process 1. */
  get pid(): number {
    const { pid } = this.#child;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return Number(children.trim().split(" ")[0]);
  }

  log(): string {
    return readFileSync(this.#logFile, "utf8");
  }

  /** A file of /proc about the container's process 1. */
  proc(file: "status" | "mountinfo"): string {
    return readFileSync(`/proc/${this.pid}/${file}`, "utf8");
  }

  /** Waits until it ends by itself, and answers the exit code; null if it takes more than 10 s, after which it is killed. */
  async ended(): Promise<number | null> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), END_TIMEOUT_MS);
    try {
      return await this.#exit;
    } finally {
      clearTimeout(timer);
    }
  }

  /** SIGTERM, as the kubelet sends it; answers the exit code. */
  async stop(): Promise<number | null> {
    process.kill(this.pid, "SIGTERM");
    return await this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL"); // its death is that of the container
    await this.#exit.catch(() => null);
    await this.#watchdog[Symbol.asyncDispose]();
    await buildah("rm", this.#name);
  }
}
