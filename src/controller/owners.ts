import type { Owner } from "../resolve/index.ts";
import type { StoredAppliance, StoredPolicy } from "./changes.ts";

/** Whether the status is about the spec that is there. */
export function isObserved({ metadata, status }: StoredPolicy | StoredAppliance): boolean {
  return status?.observedGeneration === metadata.generation;
}

/** Owners share one queue; a kind has no slash in it, and a name has none either. */
export function keyOfOwner({ kind, name }: Owner): string {
  return `${kind}/${name}`;
}

export function ownerOf(key: string): Owner {
  const [kind, name = ""] = key.split("/");
  return { kind: kind === "Appliance" ? "Appliance" : "AffinityPolicy", name };
}
