import { isDeepStrictEqual } from "node:util";
import type { AffinityPolicy, Appliance, ProtectedVM } from "../../src/api/kinds.ts";
import type { KubeObject } from "../../src/api/object.ts";
import type { TandemObject } from "../../src/api/validate/index.ts";
import { withStatuses } from "../../src/cli/statuses.ts";
import type { Admin } from "../cluster/admin.ts";
import { referenceStatuses } from "../reference/index.ts";
import { idOf } from "./auditor.ts";
import { isSameStatus, NOW } from "./same-status.ts";

/** Policies times policies times VMs that the slow reference is given at a time: some seconds. */
const REFERENCE_LIMIT = 5_000_000;

export interface Verdict {
  /** All objects of the three kinds, as the API answers. */
  readonly objects: readonly KubeObject[];
  /** Those whose status is not what the rules say of all objects as they are now, with both statuses. */
  readonly wrong: readonly { readonly id: string; readonly is: unknown; readonly shouldBe: unknown }[];
}

/**
 * Compares every status with what the rules say when they are given everything from scratch, as `tandem render` does, and
 * if all are right also with the reference resolver. A right status gives itself: times are carried over where nothing
 * changed.
 */
export async function judge(admin: Admin): Promise<Verdict> {
  const [appliances, policies, vms, namespaces] = await Promise.all([
    admin.list<Appliance>("Appliance"),
    admin.list<AffinityPolicy>("AffinityPolicy"),
    admin.list<ProtectedVM>("ProtectedVM"),
    admin.list("Namespace"),
  ]);
  const objects: TandemObject[] = [
    ...appliances.map((object) => ({ kind: "Appliance", object }) as const),
    ...policies.map((object) => ({ kind: "AffinityPolicy", object }) as const),
    ...vms.map((object) => ({ kind: "ProtectedVM", object }) as const),
  ];
  const labels = new Map(namespaces.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]));
  const right = withStatuses({ objects, namespaces: labels }, { managerVersion: "20.0", now: NOW });
  const wrong = objects.flatMap(({ object }, index) => {
    const shouldBe = right[index]?.object.status;
    return isDeepStrictEqual(object.status, shouldBe) ? [] : [{ id: idOf(object), is: object.status, shouldBe }];
  });
  const all = objects.map(({ object }) => object);
  if (wrong.length > 0 || policies.length ** 2 * vms.length > REFERENCE_LIMIT) return { objects: all, wrong };
  return { objects: all, wrong: wrongByReference(all, namespaces) };
}

/** What the second resolver, which shares no rule with the first, says otherwise. */
function wrongByReference(objects: readonly (KubeObject & { status?: unknown })[], namespaces: readonly KubeObject[]) {
  const expected = referenceStatuses([...objects, ...namespaces], { managerVersion: "20.0", now: NOW });
  return objects.flatMap((object) => {
    const shouldBe = expected.get(idOf(object).replace(" ", "/"));
    return isSameStatus(shouldBe, object.status)
      ? []
      : [{ id: `${idOf(object)} (reference)`, is: object.status, shouldBe }];
  });
}
