import { hash } from "node:crypto";
import type { FeatureRow } from "../api/kinds.ts";
import type { Decision } from "./decide.ts";

/** SPEC R8: a fingerprint of what is to be delivered, so that a move to another appliance is a new revision too. */
export function revisionOf(rows: readonly FeatureRow[], { inCharge, split }: Decision): string {
  let text = "";
  for (const { name, affinity, source } of rows) text += `${name} ${affinity} ${source}\n`;
  if (split.appliance !== 0 && inCharge !== undefined) text += `${inCharge.name}\n`;
  return hash("sha256", text, "hex").slice(0, 8);
}
