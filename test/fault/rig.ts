import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
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
import { until } from "../cluster/until.ts";
import { Auditor, type Version } from "./auditor.ts";
import { appliance, createAll, policy, vm } from "./estate.ts";
import { type LogLine, logFaults, logLines } from "./log.ts";
import { judge, type Verdict } from "./truth.ts";

export const NAMESPACE = "faults";
/** Longer than the second for which counts are gathered. Milliseconds. */
export const CALM = 2_500;
/** What the controller logs when it stops deciding for want of a kind. */
export const FAIL_STATIC = /nothing is written until/;
/** VMs of which somebody else reports the health. */
const REPORTED = 3;
/** Characters of each controller's log that a failure shows. */
const TAIL = 3_000;

/** One control plane that a test file may break, its auditor, and the controllers that it starts. */
export class Rig {
  readonly #stack: AsyncDisposableStack;
  readonly plane: BuiltControlPlane;
  readonly admin: Admin;
  readonly auditor: Auditor;
  /** Of the controller's ServiceAccount. */
  readonly kubeconfig: string;
  /** What must not be logged. */
  readonly secrets: string[];
  #controllers: ControllerProcess[] = [];
  /** Of those that were crashed. */
  #logs: string[] = [];

  private constructor(
    parts: Pick<Rig, "plane" | "admin" | "auditor" | "kubeconfig" | "secrets">,
    stack: AsyncDisposableStack,
  ) {
    this.plane = parts.plane;
    this.admin = parts.admin;
    this.auditor = parts.auditor;
    this.kubeconfig = parts.kubeconfig;
    this.secrets = parts.secrets;
    this.#stack = stack;
  }

  static async start(): Promise<Rig> {
    await using stack = new AsyncDisposableStack();
    const plane = stack.use(await startControlPlane({ say: () => {}, preferExisting: false }));
    const admin = stack.use(new Admin(plane.kubeconfig));
    const auditor = stack.use(await Auditor.start(plane.etcdEndpoint));
    await installCrds(admin);
    await applyFolder(admin, BASE, CONTROLLER_IN_CLUSTER);
    await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
    const token = await serviceAccountToken(admin, "tandem-system", "tandem-controller");
    const kubeconfig = kubeconfigFor(admin, token);
    return new Rig({ plane, admin, auditor, kubeconfig, secrets: [token] }, stack.move());
  }

  /**
   * Creates so many VMs on so many hosts with an appliance each, a policy `everywhere` for all VMs, and what others report
   * on a few VMs, which nobody may touch.
   */
  async populate(vms: number, hosts = 10): Promise<void> {
    const everywhere = policy("everywhere", { priority: 100, affinity: { network: "AppliancePreferred" } });
    await createAll(this.admin, [...range(hosts).map(appliance), everywhere]);
    await createAll(
      this.admin,
      range(vms).map((n) => vm(NAMESPACE, n, hosts)),
    );
    const reports = [{ source: "Agent", feature: "All", health: "Warning" }];
    for (const n of range(REPORTED)) {
      const { apiVersion = "", kind = "", metadata } = vm(NAMESPACE, n, hosts);
      const object = { apiVersion, kind, metadata: { name: metadata.name, namespace: NAMESPACE }, status: { reports } };
      await this.admin.apply(object, { subresource: "status", fieldManager: "reporter" });
    }
  }

  /** Starts a controller with the rights of its ServiceAccount; `kubeconfig` in place of the usual one. */
  startController(kubeconfig = this.kubeconfig): ControllerProcess {
    const controller = new ControllerProcess(kubeconfig);
    this.#controllers.push(controller);
    return controller;
  }

  /** Kills a controller as a crash does. */
  async crash(controller: ControllerProcess): Promise<void> {
    await controller.kill();
    this.#logs.push(controller.log());
    this.#controllers = this.#controllers.filter((other) => other !== controller);
    await controller[Symbol.asyncDispose]();
  }

  /** Waits until every status is what the rules say; returns the objects. */
  async right(withinMs: number, what = "every status is right"): Promise<Verdict> {
    let verdict: Verdict | undefined;
    const state = () => ({
      objects: verdict?.objects.length,
      wrong: verdict?.wrong.map(({ id }) => id),
      first: verdict?.wrong[0],
      logs: this.#controllers.map((controller) => controller.log().slice(-TAIL).split("\n")),
    });
    const look = async () => {
      verdict = await judge(this.admin);
      return verdict.wrong.length === 0 && verdict;
    };
    const signal = AbortSignal.any(this.#controllers.map(({ died }) => died));
    const judged = await until(look, { what, timeoutMs: withinMs, state, signal });
    await this.auditor.caughtUp(judged.objects);
    return judged;
  }

  /** Versions of any object that were committed in so many milliseconds from now on. */
  async writesWithin(ms: number): Promise<string[]> {
    const before = this.auditor.versions.length;
    await sleep(ms);
    return this.auditor.versions.slice(before).map(shown);
  }

  /** Ends what a test started, removes its objects, and checks what must always hold. */
  async endScenario(): Promise<void> {
    const controllers = this.#controllers;
    this.#controllers = [];
    const codes: (number | string)[] = [];
    for (const controller of controllers) {
      codes.push(controller.died.aborted || controller.pid === undefined ? "died" : await controller.stop());
    }
    const logs = [...this.#logs.splice(0), ...controllers.map((controller) => controller.log())];
    for (const controller of controllers) await controller[Symbol.asyncDispose]();
    await this.admin.deleteAll("ProtectedVM", { namespace: NAMESPACE });
    for (const kind of ["AffinityPolicy", "Appliance"]) await this.admin.deleteAll(kind);
    await until(() => this.auditor.objects().length === 0, { what: "all objects are gone" });
    this.auditor.clear();
    const faults = this.auditor.faults.splice(0);
    expect(faults.slice(0, 10), "what the auditor found").toEqual([]);
    for (const log of logs) expect(logFaults(log, this.secrets).slice(0, 5), "what must not be in the log").toEqual([]);
    expect(codes, "exit codes").toEqual(codes.map(() => 0));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const controller of this.#controllers) await controller[Symbol.asyncDispose]();
    await this.#stack.disposeAsync();
  }
}

/** A rig for one test file. After each test its controllers are stopped, its objects deleted, and everything checked. */
export function useRig(): () => Rig {
  let rig: Rig | undefined;
  const get = (): Rig => {
    if (rig === undefined) throw new Error("the rig did not start");
    return rig;
  };
  beforeAll(async () => {
    rig = await Rig.start();
  });
  afterEach(() => get().endScenario());
  afterAll(() => rig?.[Symbol.asyncDispose]());
  return get;
}

/** Log lines of a controller so far that have this text in their message or error. */
export function logged(controller: ControllerProcess, pattern: RegExp): LogLine[] {
  return logLines(controller.log()).filter(({ msg, err }) => pattern.test(`${msg} ${err?.message ?? ""}`));
}

export async function untilLogged(controller: ControllerProcess, pattern: RegExp, timeoutMs = 20_000): Promise<void> {
  await until(() => logged(controller, pattern).length > 0, {
    what: `${pattern} is logged`,
    timeoutMs,
    state: () => controller.log().slice(-2_000),
  });
}

export function range(length: number): number[] {
  return Array.from({ length }, (_, n) => n);
}

function shown({ id, revision, isDecision, object }: Version): string {
  return `${id} at ${revision}: ${object === undefined ? "deleted" : isDecision ? JSON.stringify(object.status) : "foreign"}`;
}

/** SIGSTOP and SIGCONT: the controller looks away, as in a frozen virtual machine. */
export function signal(controller: ControllerProcess, name: "SIGSTOP" | "SIGCONT"): void {
  if (controller.pid === undefined) throw new Error("the controller did not start");
  process.kill(controller.pid, name);
}
