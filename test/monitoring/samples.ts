import type { Admin } from "../cluster/admin.ts";
import { readFolder, SAMPLES } from "../cluster/install.ts";

/** Applies manifests/samples, all VMs into one namespace. */
export async function applySamples(admin: Admin, namespace: string): Promise<void> {
  for (const object of readFolder(SAMPLES)) {
    if (object.kind === "Namespace") continue;
    const { metadata } = object;
    const own = metadata.namespace === undefined ? metadata : { ...metadata, namespace };
    await admin.apply({ ...object, metadata: own });
  }
}
