import type { TestProject } from "vitest/node";
import { Admin } from "./admin.ts";
import { startControlPlane } from "./control-plane.ts";
import { applyFolder, BASE, CONTROLLER_IN_CLUSTER, installCrds, refuseIfInstalled, uninstall } from "./install.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Path of the administrator's kubeconfig of the control plane that all cluster tests share. */
    kubeconfig: string;
  }
}

/** One control plane for all cluster tests, with the CRDs and the controller's ServiceAccount and rights; no controller. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await using stack = new AsyncDisposableStack();
  const plane = stack.use(await startControlPlane({ say: (line) => process.stdout.write(`${line}\n`) }));
  const admin = stack.use(new Admin(plane.kubeconfig));
  if (plane.origin === "kubeconfig") {
    await refuseIfInstalled(admin);
    stack.defer(() => uninstall(admin, [BASE]));
  }
  await installCrds(admin);
  await applyFolder(admin, BASE, CONTROLLER_IN_CLUSTER);
  project.provide("kubeconfig", plane.kubeconfig);
  const owned = stack.move();
  return () => owned.disposeAsync();
}
