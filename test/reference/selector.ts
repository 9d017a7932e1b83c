import type { AffinityPolicy, ProtectedVM, Selector } from "../../src/api/kinds.ts";
import type { KubeObject } from "../../src/api/object.ts";

type Labels = Readonly<Record<string, string>>;

/** Kubernetes: `[prefix/]name`, the name 1 to 63 characters, the prefix a DNS subdomain of at most 253. */
function isLabelKey(key: string): boolean {
  const parts = key.split("/");
  if (parts.length > 2) return false;
  const name = parts[parts.length - 1] ?? "";
  if (name === "" || !isLabelValue(name)) return false;
  if (parts.length === 1) return true;
  const prefix = parts[0] ?? "";
  if (prefix.length > 253) return false;
  return prefix.split(".").every((part) => /^[a-z0-9-]+$/.test(part) && !part.startsWith("-") && !part.endsWith("-"));
}

/** Kubernetes: empty, or at most 63 letters, digits, `-`, `_`, `.`, with a letter or digit at both ends. */
function isLabelValue(value: unknown): boolean {
  if (typeof value !== "string") return false;
  if (value === "") return true;
  return value.length <= 63 && /^[A-Za-z0-9]$|^[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]$/.test(value);
}

function isValidSelector(selector: Selector): boolean {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (!isLabelKey(key) || !isLabelValue(value)) return false;
  }
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    if (!isLabelKey(key)) return false;
    switch (operator) {
      case "In":
      case "NotIn":
        if (values === undefined || values.length === 0 || !values.every(isLabelValue)) return false;
        break;
      case "Exists":
      case "DoesNotExist":
        if (values !== undefined && values.length > 0) return false;
        break;
      default:
        return false;
    }
  }
  return true;
}

function matches(selector: Selector, labels: Labels): boolean {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (!Object.hasOwn(labels, key) || labels[key] !== value) return false;
  }
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    const listed = value !== undefined && values.includes(value);
    if (operator === "In" && !listed) return false;
    if (operator === "NotIn" && listed) return false;
    if (operator === "Exists" && value === undefined) return false;
    if (operator === "DoesNotExist" && value !== undefined) return false;
  }
  return true;
}

/** SPEC R5: a namespace always carries the label `kubernetes.io/metadata.name`, and that also if it is not among the objects. */
function labelsOfNamespace(name: string, namespaces: readonly KubeObject[]): Labels {
  const found = namespaces.find((namespace) => namespace.metadata.name === name);
  return { ...found?.metadata.labels, "kubernetes.io/metadata.name": name };
}

export function hasInvalidSelector(policy: AffinityPolicy): boolean {
  const { vmSelector, namespaceSelector } = policy.spec;
  return !isValidSelector(vmSelector) || (namespaceSelector !== undefined && !isValidSelector(namespaceSelector));
}

/** SPEC 2.2: `{}` is every VM, the namespace selector is ANDed. SPEC R5: an invalid selector selects nothing. */
export function selects(policy: AffinityPolicy, vm: ProtectedVM, namespaces: readonly KubeObject[]): boolean {
  if (hasInvalidSelector(policy)) return false;
  if (!matches(policy.spec.vmSelector, vm.metadata.labels ?? {})) return false;
  const { namespaceSelector } = policy.spec;
  if (namespaceSelector === undefined) return true;
  return matches(namespaceSelector, labelsOfNamespace(vm.metadata.namespace ?? "", namespaces));
}
