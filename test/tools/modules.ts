import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { promisify } from "node:util";

/** A Go module of which tests read files, not code; `sum` is what go.sum would say. */
export interface GoModule {
  readonly path: string;
  readonly version: string;
  readonly sum: string;
}

/**
 * The folder in Go's module cache that holds a module, downloaded on first use, or why there is none. Throws if it is not
 * the module of that sum.
 */
export async function moduleFolder({ path, version, sum }: GoModule): Promise<string | { skipped: string }> {
  // Outside of any module: what is read is no requirement of ours.
  const options = { cwd: tmpdir(), env: { ...process.env, GOFLAGS: "-mod=mod", GOWORK: "off" } };
  let output: string;
  try {
    ({ stdout: output } = await promisify(execFile)("go", ["mod", "download", "-json", `${path}@${version}`], options));
  } catch (error) {
    return { skipped: `go cannot download ${path}@${version} (${error instanceof Error ? error.message : error})` };
  }
  const found = JSON.parse(output) as { Dir: string; Sum: string };
  if (found.Sum !== sum) throw new Error(`${path}@${version} has the sum ${found.Sum}, not ${sum}`);
  return found.Dir;
}
