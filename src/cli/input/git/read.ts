import type { ChildProcess } from "node:child_process";
import { decodeUtf8, MAX_BYTES, type Problem, type SourceText, TOO_LARGE } from "../../../api/manifest/index.ts";
import { UsageError } from "../../exit.ts";
import { ended, READ_TIMEOUT, start } from "./process.ts";
import { findRevision } from "./revision.ts";
import { filesOf, type TreeFile } from "./tree.ts";

export interface GitOptions {
  /** A branch, a tag, a commit, as git understands it. */
  readonly revision: string;
  /** Files and folders, relative to the present folder. */
  readonly paths: readonly string[];
  readonly recursive: boolean;
}

/**
 * Reads files as of a Git revision through git itself: nothing is checked out, and no hook or filter of the repository runs.
 * Works in a bare repository and in a worktree. Places read `REV:path/file.yaml:12:5`, the path from the repository's root.
 * @throws {UsageError} that says what to do, if there is no git, no repository or no such revision
 */
export async function* readGit(options: GitOptions): AsyncGenerator<SourceText | Problem> {
  const revision = await findRevision(options.revision);
  const files: TreeFile[] = [];
  for (const path of options.paths) files.push(...(await filesOf(revision, path, options.recursive)));
  using blobs = new Blobs(files.flatMap((one) => ("blob" in one ? [one.blob] : [])));
  for (const one of files) yield "problem" in one ? one.problem : sourceOf(one.file, await blobs.next());
  await blobs.end();
}

const LFS = "version https://git-lfs.github.com/spec/";

function sourceOf(file: string, bytes: Buffer | undefined): SourceText | Problem {
  if (bytes === undefined) return { file, path: [], text: TOO_LARGE };
  if (!bytes.subarray(0, LFS.length).equals(Buffer.from(LFS))) return decodeUtf8(file, bytes);
  const text = "is a pointer of Git LFS: its text is not in the repository; check it out and read the file (-f)";
  return { file, line: 1, column: 1, path: [], text };
}

/** Blobs in the order in which they are asked for, from one git program. */
class Blobs implements Disposable {
  readonly #child: ChildProcess;
  readonly #end: Promise<{ readonly code: number; readonly error: string }>;
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(ids: readonly string[]) {
    this.#child = start(["cat-file", "--batch"], AbortSignal.timeout(READ_TIMEOUT));
    this.#end = ended(this.#child);
    // Whoever gives up early does not ask how it ended.
    this.#end.catch(() => {});
    if (this.#child.stdout === null) throw new Error("git without an output");
    this.#chunks = this.#child.stdout[Symbol.asyncIterator]();
    this.#child.stdin?.end(ids.map((id) => `${id}\n`).join(""));
  }

  /** Undefined for one that is too large. */
  async next(): Promise<Buffer | undefined> {
    while (!this.#rest.includes("\n")) this.#rest = Buffer.concat([this.#rest, await this.#chunk()]);
    const end = this.#rest.indexOf("\n");
    const [id, type, size] = this.#rest.toString("latin1", 0, end).split(" ");
    this.#rest = this.#rest.subarray(end + 1);
    if (type !== "blob") throw new UsageError(`the repository is not whole: git has no object ${id}`);
    return await this.#take(Number(size));
  }

  async end(): Promise<void> {
    const { code, error } = await this.#end;
    if (code !== 0) throw new UsageError(`git cat-file: ${error}`);
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }

  /** So many bytes, and the line end behind them. */
  async #take(size: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    let missing = size + 1;
    while (missing > 0) {
      const part = this.#rest.length > 0 ? this.#rest : await this.#chunk();
      if (size <= MAX_BYTES) parts.push(part.subarray(0, missing));
      this.#rest = part.subarray(missing);
      missing -= part.length;
    }
    return size <= MAX_BYTES ? Buffer.concat(parts).subarray(0, size) : undefined;
  }

  async #chunk(): Promise<Buffer> {
    const { done, value } = await this.#chunks.next();
    if (done) throw new UsageError(`git cat-file ended early: ${(await this.#end).error}`);
    return value;
  }
}
