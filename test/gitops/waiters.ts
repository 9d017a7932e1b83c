import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, realpathSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** A cluster as its administrator, with nothing of the user's own. */
export interface Shell {
  readonly kubeconfig: string;
  /** A folder for the caches of the tools, and for what they are to read. */
  readonly home: string;
}

interface Output {
  /** Of stdout, then stderr. */
  readonly text: string;
  readonly failed: boolean;
}

/** What a tool writes, whether it fails or not; rejects if there is no such tool. */
export async function output({ kubeconfig, home }: Shell, file: string, args: readonly string[]): Promise<Output> {
  const { promise, resolve, reject } = Promise.withResolvers<Output>();
  const env = { PATH: process.env.PATH, HOME: home, KUBECONFIG: kubeconfig };
  execFile(file, args, { env, maxBuffer: 2 ** 24, timeout: 60_000 }, (error, stdout, stderr) => {
    if (error !== null && typeof error.code === "string") reject(error);
    else resolve({ text: `${stdout}${stderr}`, failed: error !== null });
  });
  return await promise;
}

/** Every kubectl on the PATH, and beside the one that it leads to: `kubectl`, `kubectl.1.27`, … */
export function kubectls(): string[] {
  const named = (folder: string): string[] => {
    try {
      const names = readdirSync(folder).filter((name) => /^kubectl(\.\d+\.\d+)?$/.test(name));
      return names.map((name) => realpathSync(join(folder, name)));
    } catch {
      return [];
    }
  };
  const files = (process.env.PATH ?? "").split(delimiter).flatMap((folder) => (folder === "" ? [] : named(folder)));
  return [...new Set([...files, ...files.map(dirname).flatMap(named)])].toSorted();
}

/** `ProtectedVM name` of each object of which this kubectl says at once that `--for=condition=Ready` is met. */
export async function readyBy(shell: Shell, kubectl: string, kinds: Readonly<Record<string, readonly string[]>>) {
  const answers = Object.entries(kinds).map(async ([kind, scope]) => {
    const wait = ["wait", kind.toLowerCase(), "--all", "--for=condition=Ready", "--timeout=0s", ...scope];
    const { text } = await output(shell, kubectl, wait);
    return [...text.matchAll(/^\S+\/(\S+) condition met$/gm)].map(([, name]) => `${kind} ${name}`);
  });
  return new Set((await Promise.all(answers)).flat());
}

/** Names one object in an inventory of kpt's. */
interface Item {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** The status that `kpt live status` gives for each of the objects: `ProtectedVM name`: `Current`. */
export async function kptStatus(shell: Shell, namespace: string, items: readonly Item[]): Promise<Map<string, string>> {
  const folder = join(shell.home, "package");
  const metadata = { name: "everything", namespace, labels: { "cli-utils.sigs.k8s.io/inventory-id": "everything" } };
  const group = { apiVersion: "kpt.dev/v1alpha1", kind: "ResourceGroup", metadata };
  const resources = items.map((item) => ({ group: "tandem.dev", namespace: "", ...item }));
  mkdirSync(folder, { recursive: true });
  const put = (file: string, object: object) => writeFileSync(join(folder, file), JSON.stringify(object));
  put("Kptfile", { apiVersion: "kpt.dev/v1", kind: "Kptfile", metadata: { name: "everything" } });
  put("resourcegroup.yaml", group);
  const inventory = join(shell.home, "inventory.json");
  writeFileSync(inventory, JSON.stringify({ ...group, spec: { resources } }));
  await succeed(shell, "kubectl", ["apply", "-f", inventory]);
  const lines = (await succeed(shell, "kpt", ["live", "status", folder, "--output=json"])).trimEnd().split("\n");
  return new Map(
    lines.map((line) => {
      const { kind, name, status } = JSON.parse(line) as Item & { status: string };
      return [`${kind} ${name}`, status];
    }),
  );
}

async function succeed(shell: Shell, file: string, args: readonly string[]): Promise<string> {
  const { text, failed } = await output(shell, file, args);
  if (failed) throw new Error(`${file} ${args.join(" ")}: ${text}`);
  return text;
}

/** Gives the cluster the kind in which kpt keeps what it applied, unless it is there; tells whether it was missing. */
export async function installInventoryKind(shell: Shell): Promise<boolean> {
  const { failed } = await output(shell, "kubectl", ["get", "crd", "resourcegroups.kpt.dev"]);
  if (failed) await succeed(shell, "kpt", ["live", "install-resource-group"]);
  return failed;
}

export async function removeInventoryKind(shell: Shell): Promise<void> {
  await succeed(shell, "kubectl", ["delete", "crd", "resourcegroups.kpt.dev"]);
}
