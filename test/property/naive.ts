import type { AffinityPolicy, ProtectedVM, Selector } from "../../src/api/kinds.ts";
import { keyOf } from "../../src/api/object.ts";
import type { Estate } from "../resolve/estate.ts";

/* Selection as the Kubernetes documentation tells it, one policy and one VM at a time: what the indexes must agree with. */

const KEY = /^(?:[a-z0-9][-a-z0-9.]*[a-z0-9]\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

function isValid(selector: Selector | null | undefined): boolean {
  const pairs = Object.entries(selector?.matchLabels ?? {});
  if (pairs.some(([key, value]) => !KEY.test(key) || !VALUE.test(value))) return false;
  return (selector?.matchExpressions ?? []).every(({ key, operator, values }) => {
    const list = values ?? [];
    if (!KEY.test(key) || list.some((value) => !VALUE.test(value))) return false;
    return operator === "In" || operator === "NotIn" ? list.length > 0 : list.length === 0;
  });
}

function holds(selector: Selector | null | undefined, labels: Map<string, string>): boolean {
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) if (labels.get(key) !== value) return false;
  for (const { key, operator, values } of selector?.matchExpressions ?? []) {
    const value = labels.get(key);
    const inside = value !== undefined && (values ?? []).includes(value);
    if (operator === "In" && !inside) return false;
    if (operator === "NotIn" && inside) return false;
    if (operator === "Exists" && value === undefined) return false;
    if (operator === "DoesNotExist" && value !== undefined) return false;
  }
  return true;
}

function selects({ spec }: AffinityPolicy, vm: ProtectedVM, estate: Estate): boolean {
  if (!isValid(spec.vmSelector) || !isValid(spec.namespaceSelector)) return false;
  const namespace = vm.metadata.namespace ?? "";
  const there = new Map(Object.entries(estate.namespaces[namespace] ?? {}));
  there.set("kubernetes.io/metadata.name", namespace);
  return (
    holds(spec.vmSelector, new Map(Object.entries(vm.metadata.labels ?? {}))) && holds(spec.namespaceSelector, there)
  );
}

/** The names of the policies that select each VM, in the order in which they are asked (SPEC R5), by key. */
export function naiveSelection(estate: Estate): Map<string, string[]> {
  const inOrder = estate.policies.toSorted((a, b) => {
    const [higher, lower] = [a.spec.priority ?? 0, b.spec.priority ?? 0];
    return higher === lower ? (a.metadata.name < b.metadata.name ? -1 : 1) : lower - higher;
  });
  return new Map(
    estate.vms.map((vm) => {
      const names = inOrder.filter((policy) => selects(policy, vm, estate)).map(({ metadata }) => metadata.name);
      return [keyOf(vm), names];
    }),
  );
}
