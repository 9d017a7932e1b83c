import { keyOf } from "../../api/object.ts";
import type { TandemObject } from "../../api/validate/index.ts";
import { type Resolved, withStatus } from "../statuses.ts";
import type { Side } from "./side.ts";
import type { Change } from "./vm-facts.ts";

/** Why a policy or an appliance is not accepted. */
export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/** A policy or an appliance that is refused on one side and not, or for another reason, on the other. */
export interface AcceptanceChange extends Change<Refusal> {
  readonly kind: "AffinityPolicy" | "Appliance";
  readonly name: string;
}

/** By kind, then name. */
export function acceptanceChanges(from: Side, to: Side): AcceptanceChange[] {
  const [before, after] = [refusals(from), refusals(to)];
  const changes: AcceptanceChange[] = [];
  for (const key of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const [one, other] = [before.get(key), after.get(key)];
    if (one?.reason === other?.reason && one?.message === other?.message) continue;
    const [kind = "", name = ""] = key.split("/");
    changes.push({
      kind: kind === "Appliance" ? kind : "AffinityPolicy",
      name,
      ...(one && { from: one }),
      ...(other && { to: other }),
    });
  }
  return changes;
}

function refusals({ estate, resolved }: Side): Map<string, Refusal> {
  const found = new Map<string, Refusal>();
  for (const tandem of estate.objects) {
    if (tandem.kind === "ProtectedVM") continue;
    const refusal = refusalOf(tandem, resolved);
    if (refusal !== undefined) found.set(`${tandem.kind}/${keyOf(tandem.object)}`, refusal);
  }
  return found;
}

function refusalOf(tandem: TandemObject, resolved: Resolved): Refusal | undefined {
  const { object } = withStatus(tandem, resolved, "");
  const accepted = object.status?.conditions?.find(({ type }) => type === "Accepted");
  return accepted?.status === "False" ? { reason: accepted.reason, message: accepted.message } : undefined;
}
