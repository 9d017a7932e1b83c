import { setTimeout as sleep } from "node:timers/promises";
import type { AffinitySpec } from "../../src/api/kinds.ts";
import { Admin } from "../cluster/admin.ts";
import { type BuiltControlPlane, startControlPlane } from "../cluster/control-plane.ts";
import { ControllerProcess } from "../cluster/controller-process.ts";
import {
  applyFolder,
  BASE,
  CONTROLLER_IN_CLUSTER,
  installCrds,
  kubeconfigFor,
  serviceAccountToken,
} from "../cluster/install.ts";
import type { Say } from "../cluster/say.ts";
import { until } from "../cluster/until.ts";
import { appliance, createAll, policy, vm } from "../fault/estate.ts";
import { BareLoop } from "./bare-loop.ts";
import { Connection } from "./connection.ts";
import { Observer } from "./observer.ts";

/** Numbers of connections that the bare loop tries. */
export const CONNECTIONS = [4, 8, 16, 32] as const;
/** VMs of an appliance. */
export const VMS_OF_APPLIANCE = 100;
export const POLICIES = 20;
const NAMESPACE = "bench";
const EVERYWHERE = { kind: "AffinityPolicy", name: "everywhere" };

/** The two things that the policy for all VMs says in turn: every VM's status differs between them. */
export type Side = "appliance" | "agent";
const SIDES: Record<Side, AffinitySpec> = {
  appliance: { network: "AppliancePreferred", antiMalware: "AppliancePreferred" },
  agent: { network: "AgentPreferred", antiMalware: "AgentPreferred" },
};

export function other(side: Side): Side {
  return side === "agent" ? "appliance" : "agent";
}

/** Milliseconds without a status that changes: counts of policies and appliances go out once a second. */
const QUIET = 1_200;

/** What everything is measured on: a control plane with the estate, one observer, the bare loop, at most one controller. */
export class Bed implements AsyncDisposable {
  readonly plane: BuiltControlPlane;
  readonly admin: Admin;
  readonly observer: Observer;
  readonly bare: BareLoop;
  /** One more client, for single bare writes. */
  readonly connection: Connection;
  readonly #startProcess: () => ControllerProcess;
  readonly #stack: AsyncDisposableStack;
  #controller: ControllerProcess | undefined;

  private constructor(
    parts: Pick<Bed, "plane" | "admin" | "observer" | "bare" | "connection">,
    startProcess: () => ControllerProcess,
    stack: AsyncDisposableStack,
  ) {
    this.plane = parts.plane;
    this.admin = parts.admin;
    this.observer = parts.observer;
    this.bare = parts.bare;
    this.connection = parts.connection;
    this.#startProcess = startProcess;
    this.#stack = stack;
  }

  /** A control plane with CRDs, the controller's rights, and no objects. The controller is to be Tandem as released. */
  static async make(say: Say, { program, env }: { program: string; env: NodeJS.ProcessEnv }): Promise<Bed> {
    await using stack = new AsyncDisposableStack();
    const plane = stack.use(await startControlPlane({ say, preferExisting: false }));
    const admin = stack.use(new Admin(plane.kubeconfig));
    await installCrds(admin);
    await applyFolder(admin, BASE, CONTROLLER_IN_CLUSTER);
    await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
    const kubeconfig = kubeconfigFor(admin, await serviceAccountToken(admin, "tandem-system", "tandem-controller"));
    const observer = stack.use(new Observer(plane.kubeconfig));
    await observer.synced();
    const bare = stack.use(new BareLoop(kubeconfig, Math.max(...CONNECTIONS)));
    const connection = stack.use(new Connection(plane.kubeconfig, 1));
    const startProcess = () => new ControllerProcess(kubeconfig, [], { program, env });
    return new Bed({ plane, admin, observer, bare, connection }, startProcess, stack.move());
  }

  /** Creates the estate; the policy for all VMs wins over the others and says `appliance` at first. */
  async populate(vms: number): Promise<void> {
    const range = (length: number) => Array.from({ length }, (_, n) => n);
    const appliances = vms / VMS_OF_APPLIANCE;
    await createAll(this.admin, range(appliances).map(appliance));
    const others = range(POLICIES - 1).map((n) =>
      policy(`app-${n}`, { priority: n, affinity: { integrityMonitoring: "AgentPreferred" }, app: `app-${n}` }),
    );
    await createAll(this.admin, [...others, policy(EVERYWHERE.name, { priority: 1000, affinity: SIDES.appliance })]);
    await createAll(
      this.admin,
      range(vms).map((n) => vm(NAMESPACE, n, appliances)),
    );
    await this.observer.until(() => this.observer.objects.size >= vms + appliances + POLICIES, "the estate is seen");
  }

  /** Changes what the policy for all VMs says. */
  async turn(side: Side): Promise<void> {
    await this.admin.mergePatch(EVERYWHERE, { spec: { affinity: SIDES[side] } });
  }

  /** Starts the controller; resolves with its pid when it has listed everything and leads. */
  async startController(): Promise<number> {
    const controller = this.#startProcess();
    this.#controller = controller;
    const { died } = controller;
    const ready = ["all kinds are listed", "leading"];
    await until(() => ready.every((message) => controller.log().includes(`"${message}"`)), {
      what: "the controller decides",
      timeoutMs: 60_000,
      signal: died,
    });
    if (controller.pid === undefined) throw new Error("the controller has no pid");
    return controller.pid;
  }

  async stopController(): Promise<void> {
    await this.#controller?.stop();
    await this.#controller?.[Symbol.asyncDispose]();
    this.#controller = undefined;
  }

  /** Waits until every status, those of policies and appliances too, is up to date, and none has changed for a while. */
  async rest(): Promise<void> {
    const { observer } = this;
    const from = performance.now();
    do await sleep(QUIET / 8);
    while (Math.min(observer.quietMs, performance.now() - from) < QUIET || !observer.settled);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#controller?.[Symbol.asyncDispose]();
    await this.#stack.disposeAsync();
  }
}
