/** Objects for estates that are made for one question. All in namespace `shop` and on host `esx-1` unless told otherwise. */
export function vm(name: string, spec: object = {}, labels: object = {}): object {
  const defaults = { hostName: "esx-1", guestOS: "Windows", features: ["AntiMalware", "Firewall"] };
  return {
    apiVersion: "tandem.dev/v1alpha1",
    kind: "ProtectedVM",
    metadata: { name, namespace: "shop", labels },
    spec: { ...defaults, ...spec },
  };
}

export function appliance(name: string, spec: object = {}): object {
  return {
    apiVersion: "tandem.dev/v1alpha1",
    kind: "Appliance",
    metadata: { name },
    spec: { hostName: "esx-1", ...spec },
  };
}

export function policy(name: string, spec: object = {}): object {
  return {
    apiVersion: "tandem.dev/v1alpha1",
    kind: "AffinityPolicy",
    metadata: { name },
    spec: { vmSelector: {}, ...spec },
  };
}

export function namespace(name: string, labels: object): object {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}
