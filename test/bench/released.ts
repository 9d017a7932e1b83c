import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Watchdog } from "../cluster/watchdog.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** Tandem as it is released: the launcher and the bundle, in a temporary folder, where nobody builds it anew meanwhile. */
export class Released implements AsyncDisposable {
  /** Its `bin/tandem`. */
  readonly program: string;
  readonly #watchdog: Watchdog;

  /** Builds the bundle of this checkout (0.5 s). */
  constructor() {
    execFileSync(process.execPath, [join(ROOT, "scripts", "build.ts")]);
    const folder = mkdtempSync(join(tmpdir(), "tandem-released-"));
    this.#watchdog = new Watchdog(folder);
    this.program = join(folder, "bin", "tandem");
    for (const part of ["bin", "dist"]) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    // The Node that the lock file pins, where the launcher looks for it.
    const node = join(folder, "node_modules", ".bin", "node");
    mkdirSync(dirname(node), { recursive: true });
    symlinkSync(process.execPath, node);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watchdog[Symbol.asyncDispose]();
  }
}
