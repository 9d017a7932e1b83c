import { isDeepStrictEqual } from "node:util";
import type { AffinityPolicy, Appliance, ProtectedVM } from "../../src/api/kinds.ts";
import type { KubeObject } from "../../src/api/object.ts";
import type { TandemObject } from "../../src/api/validate/index.ts";
import { withStatuses } from "../../src/cli/statuses.ts";
import type { Admin } from "../cluster/admin.ts";
import { idOf } from "./auditor.ts";

/** Recognisable in a difference; it appears only where something is wrong. */
const NOW = "2000-01-01T00:00:00Z";

export interface Verdict {
  /** All objects of the three kinds, as the API answers. */
  readonly objects: readonly KubeObject[];
  /** Those whose status is not what the rules say of all objects as they are now, with both statuses. */
  readonly wrong: readonly { readonly id: string; readonly is: unknown; readonly shouldBe: unknown }[];
}

/**
 * Compares every status with what the rules say when they are given everything from scratch, as `tandem render` does. A
 * right status gives itself: times are carried over where nothing changed.
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
  const estate = { objects, namespaces: labels, problems: [] };
  const right = withStatuses(estate, { managerVersion: "20.0", now: NOW });
  const wrong = objects.flatMap(({ object }, index) => {
    const shouldBe = right[index]?.object.status;
    return isDeepStrictEqual(object.status, shouldBe) ? [] : [{ id: idOf(object), is: object.status, shouldBe }];
  });
  return { objects: objects.map(({ object }) => object), wrong };
}
