import type { TandemObject } from "../../api/validate/index.ts";
import { EstateBuilder } from "./estate.ts";

/**
 * One estate over another: what `over` does not name stays as it is in `under`, and stands first; what both name is that of
 * `over`. So `kubectl apply` lays manifests over a cluster.
 */
export function laidOver(over: EstateBuilder, under: EstateBuilder): EstateBuilder {
  const both = new EstateBuilder();
  const add = (tandem: TandemObject, from: EstateBuilder): void => {
    both.add({ type: "tandem", tandem }, from.manifestOf(tandem));
  };
  for (const tandem of under.objects) if (over.find(tandem) === undefined) add(tandem, under);
  for (const tandem of over.objects) add(tandem, over);
  addNamespaces(both, over);
  addNamespaces(both, under);
  return both;
}

/** An estate with those namespaces of another one that it does not name. */
export function withNamespacesOf(other: EstateBuilder, estate: EstateBuilder): EstateBuilder {
  const both = new EstateBuilder();
  for (const tandem of estate.objects) both.add({ type: "tandem", tandem }, estate.manifestOf(tandem));
  addNamespaces(both, estate);
  addNamespaces(both, other);
  return both;
}

/**
 * An estate with what the same objects have of `before` and their manifests do not say: their status and their generation.
 * Reports, deliveries and times carry over, as they would in a cluster.
 */
export function carriedOver(estate: EstateBuilder, before: EstateBuilder): EstateBuilder {
  const carried = new EstateBuilder();
  for (const tandem of estate.objects) {
    const was = before.find(tandem);
    const same = was === undefined || was === tandem || isDecided(tandem) || !isDecided(was);
    carried.add({ type: "tandem", tandem: same ? tandem : carry(tandem, was) }, estate.manifestOf(tandem));
  }
  addNamespaces(carried, estate);
  return carried;
}

function addNamespaces(to: EstateBuilder, from: EstateBuilder): void {
  for (const [name, labels] of from.namespaces) if (!to.namespaces.has(name)) to.namespaces.set(name, labels);
}

/** Whether somebody wrote a status: one that holds the schema's default alone is none. */
function isDecided({ object: { status } }: TandemObject): boolean {
  return status !== undefined && Object.keys(status).some((key) => key !== "observedGeneration");
}

function carry(tandem: TandemObject, was: TandemObject): TandemObject {
  const { generation } = was.object.metadata;
  const metadata = { ...(generation !== undefined && { generation }), ...tandem.object.metadata };
  // The same kind and name, so the status is of the same type.
  const object = { ...tandem.object, metadata, status: was.object.status };
  return { kind: tandem.kind, object } as TandemObject;
}
