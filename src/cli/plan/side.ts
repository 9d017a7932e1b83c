import type { Estate } from "../input/estate.ts";
import { type Resolved, resolve } from "../statuses.ts";

/** One of the two estates, and what the rules make of it. */
export interface Side {
  readonly estate: Pick<Estate, "objects" | "namespaces">;
  readonly resolved: Resolved;
}

export function sideOf(estate: Side["estate"], managerVersion: string): Side {
  return { estate, resolved: resolve(estate, managerVersion) };
}
