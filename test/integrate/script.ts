import { spawnSync } from "node:child_process";
import { delimiter, dirname } from "node:path";
import { type Ran, run } from "../gitops/shell.ts";

interface ScriptOptions {
  /** With whose rights. */
  readonly kubeconfig: string;
  readonly cwd: string;
}

/** Runs a script of a page as a user would paste it, but stops at the first command that fails. Throws if one does. */
export async function script(text: string, { kubeconfig, cwd }: ScriptOptions): Promise<string> {
  const { code, out, err } = await sh(text, { kubeconfig, cwd });
  if (code !== 0) throw new Error(`ended with ${code}: ${text}\n${out}${err}`);
  return out;
}

/** As `script`, whatever the exit code. */
export async function sh(text: string, { kubeconfig, cwd }: ScriptOptions): Promise<Ran> {
  // The Node of this test, for programs that a page starts.
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
  return await run(["sh", "-e", "-c", text], { cwd, env: { KUBECONFIG: kubeconfig, PATH } });
}

/** Why the scripts of the pages cannot be run here: a program is missing. Undefined if they can. */
export const NO_PROGRAMS = ["kubectl", "jq"]
  .filter((name) => spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0)
  .map((name) => `there is no ${name} on the PATH`)[0];
