import { posix, relative, resolve } from "node:path";
import { printable } from "../../../api/manifest/index.ts";
import { UsageError } from "../../exit.ts";
import { git } from "./process.ts";

/** A commit, and where the present folder is in its tree. */
export interface Revision {
  /** As the user named it. */
  readonly name: string;
  /** Hexadecimal id of the commit. */
  readonly commit: string;
  /** `dir/sub/`, or empty at the root of the repository and in a bare one. */
  readonly prefix: string;
}

/** Finds the commit that a revision names. @throws {UsageError} that says what to do if there is none */
export async function findRevision(name: string): Promise<Revision> {
  const shown = printable(name);
  if (name === "" || name.startsWith("-") || name.includes("\0")) {
    throw new UsageError(`"${shown}" is no Git revision; name a branch, a tag or a commit, for example origin/main`);
  }
  const place = await git(["rev-parse", "--show-prefix", "--is-shallow-repository"]);
  if (place.code !== 0) throw new UsageError(noRepository(place.error));
  const lines = place.out.toString("utf8").split("\n");
  const shallow = lines.at(-2) === "true";
  const prefix = lines.slice(0, -2).join("\n");
  const found = await git(["rev-parse", "--verify", "--quiet", `${name}^{commit}`]);
  const commit = found.out.toString("utf8").trim();
  if (found.code === 0 && /^[0-9a-f]{40,64}$/.test(commit)) return { name, commit, prefix };
  throw new UsageError(
    `there is no Git revision "${shown}" here${shallow ? ", in a clone that is not whole" : ""}; ${howToFetch(shown, shallow)}`,
  );
}

function noRepository(error: string): string {
  const said = printable(error.replace(/^fatal: /, ""));
  if (/not a git repository/i.test(error)) return "there is no Git repository here; run this in one";
  return `git cannot read the repository: ${said}`;
}

function howToFetch(name: string, shallow: boolean): string {
  if (/[~^@:]/.test(name)) return shallow ? "git fetch --unshallow makes it whole" : "is its name right?";
  const depth = shallow ? "--depth=1 " : "";
  const branch = /^origin\/(.+)$/.exec(name)?.[1];
  const what = branch === undefined ? name : `${branch}:refs/remotes/origin/${branch}`;
  return `fetch it: git fetch ${depth}origin ${what}`;
}

/**
 * The path in the tree of a commit that a path of the command line means; undefined if it is outside of the repository.
 * Empty for the root.
 */
export function treePath({ prefix }: Revision, path: string): string | undefined {
  const fromHere = relative(process.cwd(), resolve(path)).replaceAll("\\", "/");
  const inTree = posix.normalize(posix.join(prefix, fromHere)).replace(/\/$/, "");
  if (inTree === ".." || inTree.startsWith("../")) return undefined;
  return inTree === "." ? "" : inTree;
}
