import type { AffinityPolicy, Appliance, Condition, ProtectedVM } from "../../src/api/kinds.ts";
import { keyOf } from "../../src/api/object.ts";
import type { Admin } from "./admin.ts";
import { type UntilOptions, until } from "./until.ts";

/** All objects of the three kinds at one moment, in the order of the server: by namespace and name. */
export interface Estate {
  readonly vms: readonly ProtectedVM[];
  readonly policies: readonly AffinityPolicy[];
  readonly appliances: readonly Appliance[];
}

/** Whether the status belongs to the spec that is there now, in each of its conditions too. */
function isSettled(object: ProtectedVM | AffinityPolicy | Appliance): boolean {
  const { generation } = object.metadata;
  const { observedGeneration, conditions = [] } = object.status ?? {};
  const current = (condition: Condition): boolean => condition.observedGeneration === generation;
  return observedGeneration === generation && conditions.length > 0 && conditions.every(current);
}

/**
 * Waits until every object is settled, and returns them all. A change of labels raises no generation, so it cannot be
 * waited for like this. Throws `TimeoutError`, which names those that are not settled.
 */
export async function untilSettled(admin: Admin, options: Partial<UntilOptions> = {}): Promise<Estate> {
  let unsettled: string[] = [];
  const look = async (): Promise<Estate | false> => {
    const [vms, policies, appliances] = await Promise.all([
      admin.list<ProtectedVM>("ProtectedVM"),
      admin.list<AffinityPolicy>("AffinityPolicy"),
      admin.list<Appliance>("Appliance"),
    ]);
    const late = [...vms, ...policies, ...appliances].filter((object) => !isSettled(object));
    unsettled = late.map((object) => `${object.kind} ${keyOf(object)}`);
    return late.length === 0 && { vms, policies, appliances };
  };
  const timeoutMs = 30_000;
  return await until(look, { what: "every object is settled", timeoutMs, ...options, state: () => unsettled });
}
