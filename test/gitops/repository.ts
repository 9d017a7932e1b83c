import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { GITOPS } from "./files.ts";
import { type Ran, run } from "./shell.ts";
import { ROOT } from "./verdicts.ts";

const IDENTITY = {
  GIT_AUTHOR_NAME: "A",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_COMMITTER_NAME: "A",
  GIT_COMMITTER_EMAIL: "a@example.com",
};

/** A Git repository in a temporary folder, in which jobs and hooks run as they would in a user's. */
export class Repository implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "tandem-repository-"));

  static async start(): Promise<Repository> {
    const repository = new Repository();
    await repository.git("init", "--quiet", "--initial-branch=main");
    return repository;
  }

  /** With the samples as `manifests/`, committed on main. */
  static async withSamples(): Promise<Repository> {
    const repository = await Repository.start();
    cpSync(join(ROOT, "manifests", "samples"), join(repository.folder, "manifests"), { recursive: true });
    await repository.commit("the estate");
    return repository;
  }

  write(path: string, text: string): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** Replaces a text in a file, once; fails if it is not there. */
  edit(path: string, before: string, after: string): void {
    const text = readFileSync(join(this.folder, path), "utf8");
    if (!text.includes(before)) throw new Error(`${path} has no ${before}`);
    this.write(path, text.replace(before, after));
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  /** A program of that name, in the folder `bin` that `env` puts first on the PATH. */
  program(name: string, text: string): void {
    this.write(`bin/${name}`, text);
    chmodSync(join(this.folder, "bin", name), 0o755);
  }

  /** What a step finds in its environment, beside what the forge puts there. */
  get env(): Record<string, string> {
    return {
      ...IDENTITY,
      PATH: `${join(this.folder, "bin")}:${join(ROOT, "node_modules", ".bin")}:${process.env.PATH}`,
    };
  }

  async git(...args: string[]): Promise<string> {
    const { code, out, err } = await run(["git", ...args], { cwd: this.folder, env: this.env });
    if (code !== 0) throw new Error(`git ${args.join(" ")}: ${err}`);
    return out.trim();
  }

  /** Commits everything under `manifests/`. */
  async commit(message: string): Promise<void> {
    await this.git("add", "manifests");
    await this.git("commit", "--quiet", "--no-verify", "-m", message);
  }

  /** The folder that users copy to `.tandem/`. */
  copyJobs(): void {
    cpSync(join(GITOPS, "pull-request"), join(this.folder, ".tandem"), { recursive: true });
  }

  async run(command: readonly [string, ...string[]], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    return await run(command, { cwd: this.folder, env: { ...this.env, ...env } });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
