import { readdirSync } from "node:fs";
import { join } from "node:path";

/** A folder a release: its CRDs, and in `objects` what was written under them. */
export const RELEASES = join(import.meta.dirname, "crds");

/** `0.1.0`, …, in byte order. */
export function releases(): string[] {
  return readdirSync(RELEASES).toSorted();
}
