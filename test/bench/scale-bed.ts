import { setTimeout as sleep } from "node:timers/promises";
import { Admin } from "../cluster/admin.ts";
import { type BuiltControlPlane, startControlPlane } from "../cluster/control-plane.ts";
import {
  applyFolder,
  BASE,
  CONTROLLER_IN_CLUSTER,
  installCrds,
  kubeconfigFor,
  serviceAccountToken,
} from "../cluster/install.ts";
import type { Say } from "../cluster/say.ts";
import { checkForm, createNamespaces } from "./estate-check.ts";
import { type EstateSize, estateOf } from "./estate-objects.ts";
import { type Namespaces, SettledEstate } from "./estate-settled.ts";
import { putAll } from "./etcd-load.ts";
import { ScaleController } from "./scale-controller.ts";
import { processCpu } from "./usage.ts";

/** Share of one processor below which the API server counts as calm. */
const CALM_SHARE = 0.2;
/** Milliseconds of that, and how long it is waited for. */
const CALM_FOR = 1_000;
const CALM_PATIENCE = 60_000;
/** Progress is told at each so many keys. */
const TELL_EVERY = 25_000;

/** A control plane with CRDs, the controller's rights and the namespaces, into which one estate can be loaded. */
export class ScaleBed implements AsyncDisposable {
  readonly plane: BuiltControlPlane;
  readonly admin: Admin;
  readonly #namespaces: Namespaces;
  readonly #say: Say;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    parts: { readonly plane: BuiltControlPlane; readonly admin: Admin; readonly namespaces: Namespaces },
    say: Say,
    stack: AsyncDisposableStack,
  ) {
    this.plane = parts.plane;
    this.admin = parts.admin;
    this.#namespaces = parts.namespaces;
    this.#say = say;
    this.#stack = stack;
  }

  static async make(say: Say): Promise<ScaleBed> {
    await using stack = new AsyncDisposableStack();
    const plane = stack.use(await startControlPlane({ say, preferExisting: false }));
    const admin = stack.use(new Admin(plane.kubeconfig));
    await installCrds(admin);
    await applyFolder(admin, BASE, CONTROLLER_IN_CLUSTER);
    const namespaces = await createNamespaces(admin);
    return new ScaleBed({ plane, admin, namespaces }, say, stack.move());
  }

  /** Of the controller's own ServiceAccount; another one after `load`. */
  async kubeconfig(): Promise<string> {
    return kubeconfigFor(this.admin, await serviceAccountToken(this.admin, "tandem-system", "tandem-controller"));
  }

  async startController(): Promise<ScaleController> {
    return await ScaleController.start(await this.kubeconfig());
  }

  /** Tries with a running controller whether the estate will be what a real one is: see `checkForm`. */
  async check(): Promise<void> {
    await checkForm(this.admin, this.plane.etcdEndpoint, this.#namespaces);
  }

  /** Puts an estate with settled statuses into etcd while the API server is down. */
  async load(size: EstateSize): Promise<void> {
    const { apiServer, etcdEndpoint } = this.plane;
    await apiServer.kill();
    this.#say(`Putting ${size.vms} VMs, ${size.appliances} appliances and ${size.policies} policies into etcd`);
    let done = 0;
    await putAll(etcdEndpoint, new SettledEstate(estateOf(size), this.#namespaces).entries(), (keys) => {
      if (Math.floor((done + keys) / TELL_EVERY) > Math.floor(done / TELL_EVERY)) this.#say(`${done + keys} objects`);
      done += keys;
    });
    this.#say("Starting the API server");
    await apiServer.start();
  }

  /** Waits until the API server has nothing to do: it and clients of its own read everything after a start. */
  async calm(): Promise<void> {
    const { pid } = this.plane.apiServer;
    if (pid === undefined) throw new Error("the API server does not run");
    const deadline = performance.now() + CALM_PATIENCE;
    for (;;) {
      const before = processCpu(pid);
      await sleep(CALM_FOR);
      if (processCpu(pid) - before < CALM_FOR * CALM_SHARE) return;
      if (performance.now() < deadline) continue;
      this.#say("The API server does not come to rest: times will be too long");
      return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
