import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** Runs a program to its end, with nothing of the environment but the PATH (our Node first) and what `env` gives. */
export async function run(
  command: readonly [string, ...string[]],
  { cwd, env = {}, stdin = "" }: RunOptions,
): Promise<Ran> {
  const [file, ...args] = command;
  const own = { PATH: process.env.PATH ?? "", HOME: cwd, GIT_CONFIG_NOSYSTEM: "1" };
  const child = spawn(file, args, { cwd, env: { ...own, ...env }, timeout: 60_000 });
  // A program that reads nothing may be gone before we have written.
  child.stdin.on("error", () => {}).end(stdin);
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on("error", reject).on("close", resolve);
  const [code, out, err] = await Promise.all([promise, text(child.stdout), text(child.stderr)]);
  return { code, out, err };
}
