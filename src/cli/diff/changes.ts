import { keyOf } from "../../api/object.ts";
import type { TandemObject } from "../../api/validate/index.ts";
import { isSameDecision } from "../../resolve/explain/same-decision.ts";
import type { Estate } from "../input/estate.ts";
import { type Resolved, resolve } from "../statuses.ts";
import { textOf } from "./text.ts";

/** An object whose texts differ; without `before` it is new, without `after` it is gone. */
export interface Change {
  /** `ProtectedVM/shop/web-1`, `Appliance/dsva-1`. */
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

interface Side {
  readonly objects: ReadonlyMap<string, TandemObject>;
  readonly resolved: Resolved;
}

type Given = Pick<Estate, "objects" | "namespaces">;

/**
 * What differs of the statuses of two estates, in byte order of the paths; undefined where nothing does, so that the caller
 * knows how far the work is.
 */
export function* changes(
  from: Given,
  to: Given,
  { managerVersion, spec }: { readonly managerVersion: string; readonly spec: boolean },
): Generator<Change | undefined> {
  const [old, fresh] = [sideOf(from, managerVersion), sideOf(to, managerVersion)];
  for (const path of [...new Set([...old.objects.keys(), ...fresh.objects.keys()])].sort()) {
    const [one, other] = [old.objects.get(path), fresh.objects.get(path)];
    if (!spec && one !== undefined && other !== undefined && isSurelySame(one, other, [old, fresh])) {
      yield undefined;
      continue;
    }
    const before = one && textOf(one, old.resolved, spec);
    const after = other && textOf(other, fresh.resolved, spec);
    yield before === after ? undefined : { path, before, after };
  }
}

function sideOf(estate: Given, managerVersion: string): Side {
  const objects = new Map(estate.objects.map((tandem) => [`${tandem.kind}/${keyOf(tandem.object)}`, tandem]));
  return { objects, resolved: resolve(estate, managerVersion) };
}

/** Quick: of most VMs nothing is reported, and the same is decided. */
function isSurelySame(one: TandemObject, other: TandemObject, [from, to]: readonly [Side, Side]): boolean {
  if (one.kind !== "ProtectedVM" || other.kind !== "ProtectedVM") return false;
  const [was, is] = [one.object.status, other.object.status];
  if (was !== is && (was?.reports ?? was?.delivered ?? is?.reports ?? is?.delivered) != null) return false;
  const key = keyOf(one.object);
  const [a, b] = [from.resolved.decisions.get(key), to.resolved.decisions.get(key)];
  return a !== undefined && b !== undefined && isSameDecision(a, b);
}
