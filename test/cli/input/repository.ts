import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tandem-git-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes a folder the present one until the test ends. */
export function enter(folder: string): void {
  const before = process.cwd();
  process.chdir(folder);
  onTestFinished(() => process.chdir(before));
}

/** Runs git in a folder, with nothing of the user's. */
export function git(folder: string, ...args: string[]): string {
  const own = ["-c", "user.name=test", "-c", "user.email=test@lab.example", "-c", "protocol.file.allow=always"];
  const env = { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: "1" };
  return execFileSync("git", [...own, ...args], { cwd: folder, env, encoding: "utf8", stdio: "pipe" }).trim();
}

/** Writes files (a text, or a link as `-> target`), with the folders that they need. */
export function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    if (text.startsWith("-> ")) symlinkSync(text.slice(3), path);
    else writeFileSync(path, text);
  }
}

/** A repository of one commit with these files, on the branch `main`. */
export function repository(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  git(folder, "init", "-q", "-b", "main");
  write(folder, files);
  commit(folder);
  return folder;
}

/** Commits everything that is there. */
export function commit(folder: string): void {
  git(folder, "add", "-A");
  git(folder, "commit", "-q", "--allow-empty", "-m", "change");
}
