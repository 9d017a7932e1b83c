import { emptyFolder, isManifestName, MISSING, type Problem, printable } from "../../../api/manifest/index.ts";
import { UsageError } from "../../exit.ts";
import { git } from "./process.ts";
import { type Revision, treePath } from "./revision.ts";

/** A file of a commit: where it stands, and the blob that it is, or what is wrong with it. */
export type TreeFile = { readonly file: string } & ({ readonly blob: string } | { readonly problem: Problem });

interface Entry {
  readonly mode: string;
  readonly id: string;
  /** From the root of the commit. */
  readonly path: string;
}

const LINK = "120000";
const SUBMODULE = "160000";
const FOLDER = "040000";
const FROM_ROOT = "./";

/**
 * The files of a commit that paths of the command line name, by the rules for files on a disk: a file of any name, of a folder
 * the manifests in the order of their names. Links are followed inside of the commit.
 */
export async function filesOf(revision: Revision, path: string, recursive: boolean): Promise<TreeFile[]> {
  const inTree = treePath(revision, path);
  const file = `${revision.name}:${inTree === "" ? FROM_ROOT : (inTree ?? path)}`;
  const wrong = (text: string): TreeFile => ({ file, problem: { file, path: [], text } });
  if (inTree === undefined) return [wrong("is outside of the repository")];
  const [entry] = inTree === "" ? [] : await list([`${revision.commit}`, "--", inTree]);
  if (entry?.mode === SUBMODULE) return [wrong(SUBMODULE_TEXT)];
  const [found] = await follow(revision, [inTree]);
  if (found?.type === "link") return [wrong(found.text)];
  if (found === undefined || found.type === "missing") {
    return [{ file, problem: { file, path: [], text: MISSING, absent: { path, type: "missing" } } }];
  }
  if (found.type === "blob") return [{ file, blob: found.id }];
  const entries = await list([...(recursive ? ["-r"] : []), found.id]);
  const named = entries.map((one) => ({ ...one, path: inTree === "" ? one.path : `${inTree}/${one.path}` }));
  const files = await filesIn(revision, named, recursive);
  if (files.length > 0) return files;
  const hasFolders = entries.some(({ mode }) => mode === FOLDER || mode === SUBMODULE);
  return [{ file, problem: emptyFolder({ file, path, recursive, hasFolders }) }];
}

const SUBMODULE_TEXT = "is a submodule, whose files are not in this repository; name the folders beside it with -f";

async function filesIn(revision: Revision, entries: readonly Entry[], recursive: boolean): Promise<TreeFile[]> {
  const files = entries
    .filter(({ mode, path }) => (mode === SUBMODULE ? recursive : mode !== FOLDER && isManifestName(path)))
    .sort((a, b) => bySegments(a.path.split("/"), b.path.split("/")));
  const links = files.filter(({ mode }) => mode === LINK).map(({ path }) => path);
  const targets = await follow(revision, links);
  const followed = new Map(links.map((path, index) => [path, targets[index]]));
  return files.map(({ mode, id, path }) => {
    const file = `${revision.name}:${path}`;
    const wrong = (text: string): TreeFile => ({ file, problem: { file, path: [], text } });
    if (mode === SUBMODULE) return wrong(SUBMODULE_TEXT);
    if (mode !== LINK) return { file, blob: id };
    const target = followed.get(path);
    if (target?.type === "blob") return { file, blob: target.id };
    return wrong(target?.type === "link" ? target.text : "is a link to a folder; name the folder with -f");
  });
}

/** As a walk through folders meets them, each sorted by name. */
function bySegments(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((segment, index) => segment !== b[index]);
  return (a[at] ?? "") < (b[at] ?? "") ? -1 : 1;
}

async function list(args: readonly string[]): Promise<Entry[]> {
  const { code, out, error } = await git(["ls-tree", "-z", "--full-tree", ...args]);
  if (code !== 0) throw new UsageError(`git ls-tree: ${error}`);
  return out
    .toString("utf8")
    .split("\0")
    .flatMap((line) => {
      const [, mode, id, path] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
      return mode === undefined || id === undefined || path === undefined ? [] : [{ mode, id, path }];
    });
}

/** A link that leads nowhere is not what is missing: the text says where it leads. */
type Target =
  | { readonly type: "blob" | "tree"; readonly id: string }
  | { readonly type: "missing" }
  | { readonly type: "link"; readonly text: string };

/** What stands at paths of the commit, through links. */
async function follow({ commit }: Revision, paths: readonly string[]): Promise<Target[]> {
  if (paths.length === 0) return [];
  const strange = paths.find((path) => path.includes("\n"));
  if (strange !== undefined) throw new UsageError("a path with a line break cannot be asked of git");
  const args = ["cat-file", "--batch-check=%(objecttype) %(objectname)", "--follow-symlinks"];
  const { code, out, error } = await git(args, paths.map((path) => `${commit}:${path}\n`).join(""));
  if (code !== 0) throw new UsageError(`git cat-file: ${error}`);
  return [...targets(out.toString("utf8").split("\n"))];
}

/** One line an object; a link that leads nowhere has a second line, with where it leads. */
function* targets(lines: readonly string[]): Generator<Target> {
  for (let index = 0; index < lines.length - 1; index++) {
    const line = lines[index] ?? "";
    const [type = "", id = ""] = line.split(" ");
    if (type === "blob" || type === "tree") yield { type, id };
    else if (line.endsWith(" missing")) yield { type: "missing" };
    else {
      const to = lines[++index] ?? "";
      yield { type: "link", text: LINKS[type] ?? `is a link that cannot be followed: ${printable(to)}` };
    }
  }
}

const LINKS: Readonly<Record<string, string>> = {
  dangling: "is a link to what is not in this revision",
  symlink: "is a link to what is outside of the repository",
  loop: "is a link that leads to itself",
  notdir: "is a link through a file as if that were a folder",
};
