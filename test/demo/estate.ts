import { Admin } from "../cluster/admin.ts";
import { startControlPlane } from "../cluster/control-plane.ts";
import { ControllerProcess } from "../cluster/controller-process.ts";
import {
  applyFolder,
  BASE,
  CONTROLLER_IN_CLUSTER,
  installCrds,
  kubeconfigFor,
  refuseIfInstalled,
  SAMPLES,
  serviceAccountToken,
  uninstall,
} from "../cluster/install.ts";
import { spell } from "../cluster/say.ts";
import { type Estate, untilSettled } from "../cluster/settled.ts";
import { answer, heading, note } from "./screen.ts";

/** The sample data centre on a control plane of its own, with a controller at work. */
export interface Running extends AsyncDisposable {
  readonly admin: Admin;
  readonly controller: ControllerProcess;
  /** Ends all waiting: the controller died, or the user interrupted. */
  readonly signal: AbortSignal;
  /** All objects, settled for the first time. */
  readonly estate: Estate;
}

/** Starts everything, saying so, and leaves nothing behind when it is disposed of, or fails on the way. */
export async function startEstate(interrupted: AbortSignal): Promise<Running> {
  await using stack = new AsyncDisposableStack();
  heading("Kubernetes API server");
  const plane = stack.use(await startControlPlane({ say: note, signal: interrupted }));
  interrupted.throwIfAborted();
  const admin = stack.use(new Admin(plane.kubeconfig));
  if (plane.origin === "kubeconfig") {
    await refuseIfInstalled(admin);
    stack.defer(() => uninstall(admin, [SAMPLES, BASE]));
  }

  heading("Sample data centre");
  await installCrds(admin);
  note("crds/ and manifests/base: three kinds, and a ServiceAccount with the rights of the controller");
  await applyFolder(admin, BASE, CONTROLLER_IN_CLUSTER);
  note(`manifests/samples: ${count(await applyFolder(admin, SAMPLES))}`);

  heading("Controller");
  const token = await serviceAccountToken(admin, "tandem-system", "tandem-controller");
  const started = performance.now();
  const controller = stack.use(new ControllerProcess(kubeconfigFor(admin, token)));
  note("bin/tandem controller, as ServiceAccount tandem-system/tandem-controller");
  const signal = AbortSignal.any([interrupted, controller.died]);
  const estate = await untilSettled(admin, { signal });
  const objects = estate.vms.length + estate.policies.length + estate.appliances.length;
  note(`all ${objects} objects have their status ${spell(performance.now() - started)} after its start`);
  const owned = stack.move();
  return { admin, controller, signal, estate, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Prints the three tables, as kubectl would. */
export async function showTables(admin: Admin): Promise<void> {
  answer("kubectl get pvm -A", await admin.table("ProtectedVM"));
  answer("kubectl get afp", await admin.table("AffinityPolicy"));
  answer("kubectl get appl", await admin.table("Appliance"));
}

/** `12 VMs in 4 namespaces, 4 policies, 4 appliances`. */
function count(objects: readonly { kind?: string }[]): string {
  const of = (kind: string): number => objects.filter((object) => object.kind === kind).length;
  const [vms, namespaces] = [of("ProtectedVM"), of("Namespace")];
  return `${vms} VMs in ${namespaces} namespaces, ${of("AffinityPolicy")} policies, ${of("Appliance")} appliances`;
}
