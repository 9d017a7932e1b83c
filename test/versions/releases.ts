import { readdirSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };

/** A folder a release: its CRDs, and in `objects` what was written under them. */
export const RELEASES = join(import.meta.dirname, "crds");
/** The release that is being made: its folder follows crds/ until the number goes up, and stays as it is from then on. */
export const PRESENT = packageJson.version;

/** `0.1.0`, …, in byte order. */
export function releases(): string[] {
  return readdirSync(RELEASES).toSorted();
}
