import { execFile, execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const PROGRAMS = ["buildah", "mmdebstrap", "npm", "unshare", "setpriv", "chroot"];

/** Images of these tests alone: none of the user's own is seen or touched. */
const STORAGE = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "tandem", "image");

/** What of an image's configuration says how it is run. */
export interface ImageConfig {
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
}

export interface Image {
  readonly config: ImageConfig;
  /** The digests of the layers, unpacked: equal ones hold the same files with the same times, owners and modes. */
  readonly layers: readonly string[];
  /** Bytes, unpacked. */
  readonly size: number;
}

/** Why images cannot be built and run here; absent where they can. */
export function reasonToSkip(): string | undefined {
  if (process.platform !== "linux") return "images are built and run on Linux";
  if (process.getuid?.() !== 0) return "only root can build and run an image without a Docker engine";
  const missing = PROGRAMS.filter((program) => !isThere(program));
  return missing.length === 0
    ? undefined
    : `${missing.join(", ")} not on the PATH (apt-get install buildah mmdebstrap)`;
}

function isThere(program: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Runs buildah and answers what it printed; rejects with what it said on standard error. */
export async function buildah(...args: string[]): Promise<string> {
  mkdirSync(STORAGE, { recursive: true });
  const storage = ["--root", join(STORAGE, "root"), "--runroot", join(STORAGE, "run"), "--storage-driver", "vfs"];
  const { stdout } = await run("buildah", [...storage, ...args], { maxBuffer: 2 ** 26 });
  return stdout.trim();
}

/** Builds a Dockerfile as `docker build` would, with the steps in a chroot. `args`: build arguments and secrets. */
export async function build(context: string, tag: string, ...args: string[]): Promise<void> {
  await buildah("bud", "--isolation", "chroot", "--no-cache", "--tag", tag, ...args, context);
}

export async function inspect(tag: string): Promise<Image> {
  const { OCIv1, Manifest } = JSON.parse(await buildah("inspect", "--type", "image", tag)) as {
    OCIv1: { config: ImageConfig; rootfs: { diff_ids: string[] } };
    Manifest: string;
  };
  const { layers } = JSON.parse(Manifest) as { layers: { size: number }[] };
  return {
    config: OCIv1.config,
    layers: OCIv1.rootfs.diff_ids,
    size: layers.reduce((sum, layer) => sum + layer.size, 0),
  };
}
