import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, inject } from "vitest";
import { Admin } from "./admin.ts";

export interface Cluster {
  /** With an administrator's rights. */
  readonly admin: Admin;
  /** A namespace of this test file alone. */
  readonly namespace: string;
}

/**
 * The shared control plane for one test file, with a fresh namespace. Afterwards the namespace goes away, and all policies
 * and appliances, which have none: files run one after another, so they are this file's.
 */
export function useCluster(): Cluster {
  const admin = new Admin(inject("kubeconfig"));
  const namespace = `test-${randomBytes(4).toString("hex")}`;
  beforeAll(async () => {
    await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  });
  afterAll(async () => {
    await admin.deleteAll("AffinityPolicy");
    await admin.deleteAll("Appliance");
    await admin.deleteAll("ProtectedVM", { namespace });
    await admin.delete({ kind: "Namespace", name: namespace });
    await admin[Symbol.asyncDispose]();
  });
  return { admin, namespace };
}
