import type { KubeObject } from "../../src/api/object.ts";

interface Kind {
  /** `/api/v1` or `/apis/GROUP/VERSION`. */
  readonly prefix: string;
  readonly apiVersion: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** The kinds that tests and manifests use. A table, not discovery: it must not depend on what is being tested. */
const KINDS = new Map<string, Kind>([
  ...kinds(
    "v1",
    { namespaced: true },
    { Secret: "secrets", ServiceAccount: "serviceaccounts", ConfigMap: "configmaps" },
  ),
  ...kinds("v1", { namespaced: false }, { Namespace: "namespaces" }),
  ...kinds("apps/v1", { namespaced: true }, { Deployment: "deployments" }),
  ...kinds("coordination.k8s.io/v1", { namespaced: true }, { Lease: "leases" }),
  ...kinds("events.k8s.io/v1", { namespaced: true }, { Event: "events" }),
  ...kinds("policy/v1", { namespaced: true }, { PodDisruptionBudget: "poddisruptionbudgets" }),
  ...kinds("networking.k8s.io/v1", { namespaced: true }, { NetworkPolicy: "networkpolicies" }),
  ...kinds("rbac.authorization.k8s.io/v1", { namespaced: true }, { Role: "roles", RoleBinding: "rolebindings" }),
  ...kinds(
    "rbac.authorization.k8s.io/v1",
    { namespaced: false },
    { ClusterRole: "clusterroles", ClusterRoleBinding: "clusterrolebindings" },
  ),
  ...kinds("apiextensions.k8s.io/v1", { namespaced: false }, { CustomResourceDefinition: "customresourcedefinitions" }),
  ...kinds("tandem.dev/v1alpha1", { namespaced: true }, { ProtectedVM: "protectedvms" }),
  ...kinds(
    "tandem.dev/v1alpha1",
    { namespaced: false },
    { AffinityPolicy: "affinitypolicies", Appliance: "appliances" },
  ),
]);

function kinds(
  apiVersion: string,
  scope: { namespaced: boolean },
  plurals: Record<string, string>,
): (readonly [string, Kind])[] {
  const prefix = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return Object.entries(plurals).map(([kind, plural]) => [kind, { prefix, apiVersion, plural, ...scope }]);
}

export function kindOf(name: string): Kind {
  const kind = KINDS.get(name);
  if (kind === undefined) throw new Error(`${name} is not among the kinds of test/cluster/kinds.ts`);
  return kind;
}

/** Names one object. */
export interface Ref {
  readonly kind: string;
  readonly name: string;
  /** For a namespaced kind; absent: `default`. */
  readonly namespace?: string;
}

/** The name of an object that has a kind. */
export function refOf(object: KubeObject): Ref {
  if (object.kind === undefined) throw new Error(`an object without a kind: ${JSON.stringify(object.metadata)}`);
  const { name, namespace } = object.metadata;
  return namespace === undefined ? { kind: object.kind, name } : { kind: object.kind, name, namespace };
}

/** `/apis/…/protectedvms`: where a kind is listed and created; without a namespace, in all of them. */
export function collectionPath(kindName: string, namespace?: string): string {
  const { prefix, plural, namespaced } = kindOf(kindName);
  return namespaced && namespace !== undefined ? `${prefix}/namespaces/${namespace}/${plural}` : `${prefix}/${plural}`;
}

export function objectPath(ref: Ref, subresource?: string): string {
  const collection = collectionPath(ref.kind, ref.namespace ?? "default");
  return `${collection}/${encodeURIComponent(ref.name)}${subresource === undefined ? "" : `/${subresource}`}`;
}
