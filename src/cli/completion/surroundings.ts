import { execFile } from "node:child_process";
import { opendir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import {
  isJsonObject,
  type Manifest,
  printable,
  readDocuments,
  readText,
  SourceText,
} from "../../api/manifest/index.ts";
import type { Candidate, Names, Surroundings } from "./complete.ts";
import { addNames, noNames } from "./names.ts";

/** Of all files that are read: what is parsed in half a second. Bytes. */
const MAX_BYTES = 4 * 2 ** 20;
const MAX_REVISIONS = 200;
const MAX_MEANING = 60;
/** A shell puts a word in as it is: of these characters it is one word, and no command. */
const SAFE = /^[\p{L}\p{N}_@%+=:,./-]+$/u;

/**
 * What is on this machine. Nothing is written, no cluster is asked, and nothing throws: what cannot be read is not there.
 * @param limit how long it may take. Milliseconds
 */
export function machine(limit: number): Surroundings {
  return {
    revisions: () => revisions(limit),
    contexts: async (kubeconfig) => (await contexts(kubeconfig)).map((value) => ({ value })),
    names: (paths, recursive) => {
      const end = performance.now() + limit;
      return names(filesOf(paths, { recursive, end }), end);
    },
    words,
  };
}

/** From the commands that know them, loaded only now. */
async function words(of: "guards" | "codes"): Promise<Candidate[]> {
  if (of === "guards") {
    const { FIGURES } = await import("../plan/counts.ts");
    return Object.entries(FIGURES).map(([value, meaning]) => ({ value, meaning }));
  }
  const { CATALOGUE } = await import("../lint/catalogue.ts");
  return CATALOGUE.map(({ code, title }) => ({ value: code, meaning: title }));
}

/** The newest branches and tags first. */
async function revisions(limit: number): Promise<Candidate[]> {
  const format = "--format=%(refname:short)%09%(contents:subject)";
  const refs = ["refs/heads", "refs/tags", "refs/remotes"];
  const args = ["for-each-ref", "--sort=-creatordate", `--count=${MAX_REVISIONS}`, format, ...refs];
  const found = (await git(args, limit)).split("\n").flatMap((line): Candidate[] => {
    const [value = "", subject = ""] = line.split("\t");
    const short = Array.from(subject).slice(0, MAX_MEANING).join("");
    return SAFE.test(value) ? [{ value, meaning: printable(short) }] : [];
  });
  return found.length === 0 ? [] : [{ value: "HEAD" }, ...found];
}

function git(args: readonly string[], timeout: number): Promise<string> {
  return new Promise((resolve) => {
    execFile("git", args, { timeout, killSignal: "SIGKILL" }, (error, out) => resolve(error === null ? out : ""));
  });
}

/** Of the files that kubectl would read. */
async function contexts(kubeconfig: string | undefined): Promise<string[]> {
  const listed = (process.env.KUBECONFIG ?? "").split(delimiter).filter((file) => file !== "");
  const standard = listed.length > 0 ? listed : [join(homedir(), ".kube", "config")];
  const found: string[] = [];
  for (const file of kubeconfig === undefined ? standard : [kubeconfig]) {
    const text = await read(file, MAX_BYTES);
    for (const { object } of readText(new SourceText(file, text)).manifests) {
      const all = Array.isArray(object.contexts) ? object.contexts : [];
      for (const one of all) if (isJsonObject(one) && typeof one.name === "string") found.push(one.name);
    }
  }
  return sorted(found);
}

async function names(files: AsyncIterable<string>, end: number): Promise<Names> {
  const found = noNames();
  for await (const manifest of manifestsIn(files, end)) addNames(manifest, found);
  const { namespace, vm, policy, appliance, host } = found;
  return {
    namespace: sorted(namespace),
    vm: sorted(vm),
    policy: sorted(policy),
    appliance: sorted(appliance),
    host: sorted(host),
  };
}

/** As many as are found in time and within the bound; they are not checked. */
async function* manifestsIn(files: AsyncIterable<string>, end: number): AsyncGenerator<Manifest> {
  let left = MAX_BYTES;
  for await (const file of files) {
    const text = await read(file, left);
    left -= text.length;
    for (const { manifests } of readDocuments(new SourceText(file, text))) {
      if (performance.now() > end) return;
      yield* manifests;
    }
  }
}

async function* filesOf(
  paths: readonly string[],
  { recursive, end }: { recursive: boolean; end: number },
): AsyncGenerator<string> {
  for (const path of paths) {
    try {
      if (!(await stat(path)).isDirectory()) yield path;
      else {
        for await (const entry of await opendir(path, { recursive })) {
          if (performance.now() > end) return;
          if (/\.(?:ya?ml|json)$/.test(entry.name)) yield join(entry.parentPath, entry.name);
        }
      }
    } catch {
      // Not there, or not to be read: there are no names in it.
    }
  }
}

/** Empty for what is no file (a pipe would never end), cannot be read, or is larger than that many bytes. */
async function read(file: string, most: number): Promise<string> {
  try {
    const found = await stat(file);
    return found.isFile() && found.size <= most ? await readFile(file, "utf8") : "";
  } catch {
    return "";
  }
}

/** Each once, in byte order, and only what is safe in a shell. */
function sorted(values: Iterable<string>): string[] {
  return [...new Set(values)].filter((value) => SAFE.test(value)).sort();
}
