import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
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
import { kindOf } from "../cluster/kinds.ts";
import { until } from "../cluster/until.ts";
import { Auditor, type Version } from "./auditor.ts";
import { proxied, RigController } from "./controllers.ts";
import { appliance, createAll, policy, vm } from "./estate.ts";
import { Explainer } from "./explain.ts";
import { type History, requestFaults, writeId } from "./history.ts";
import { type LogLine, logFaults, logLines } from "./log.ts";
import type { Plan } from "./plan.ts";
import { type Figures, figureFaults, Probes } from "./probes.ts";
import type { FaultProxy } from "./proxy.ts";
import { publish, reportOf } from "./report.ts";
import { judge, type Verdict } from "./truth.ts";

export const NAMESPACE = "faults";
/** Longer than the second for which counts are gathered. Milliseconds. */
export const CALM = 2_500;
/** What the controller logs when it stops deciding for want of a kind. */
export const FAIL_STATIC = /nothing is written until/;
/** VMs of which somebody else reports the health. */
const REPORTED = 3;
/** A process of its own for each controller, without a lease: most faults are not about that. */
export const ALONE = ["--no-leader-elect"];
/** Leader election with times that a test can wait for; who leads and who follows is as with the long ones. */
export const ELECTION = ["--lease-duration=6s", "--lease-renew-deadline=4s", "--lease-retry-period=500ms"];
/** Milliseconds after its start from which a controller's event loop and memory are looked at. */
const FIGURES_AFTER = 8_000;
/** Characters of each controller's log that a failure shows. */
const TAIL = 3_000;

type ProxiedController = RigController & { readonly proxy: FaultProxy };

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
  #controllers: RigController[] = [];
  /** Of this scenario, gone ones too. */
  #all: RigController[] = [];
  /** Those that are not released yet. */
  readonly #started: RigController[] = [];
  #figures: Figures[] = [];
  #converged: number | undefined;
  #explainer: Explainer | undefined;
  /** Errors in logs that this scenario is about. */
  #expected: RegExp | undefined;

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

  /** Starts a controller with the rights of its ServiceAccount, behind a proxy of its own with these plans. */
  async startController({
    args = ALONE,
    plans = [],
  }: {
    args?: readonly string[];
    plans?: readonly Plan[];
  } = {}): Promise<ProxiedController> {
    const { server, certificate, certificateKey } = this.plane;
    const [cert, key] = [certificate, certificateKey].map((file) => readFileSync(file, "utf8"));
    const { proxy, kubeconfig } = await proxied(this.kubeconfig, { server, certificate: cert ?? "", key: key ?? "" });
    proxy.add(...plans);
    return (await this.#start({ kubeconfig, args, proxy })) as ProxiedController;
  }

  /** Starts one that talks to the API server itself, with this kubeconfig. */
  async startDirect(kubeconfig: string): Promise<RigController> {
    return await this.#start({ kubeconfig, args: ALONE });
  }

  async #start(options: { kubeconfig: string; args: readonly string[]; proxy?: FaultProxy }): Promise<RigController> {
    const probes = await Probes.choose();
    const controller = new RigController({ ...options, args: [...options.args, ...probes.args], probes });
    this.#controllers.push(controller);
    this.#all.push(controller);
    this.#started.push(controller);
    return controller;
  }

  /** Kills a controller as a crash does. */
  async crash(controller: RigController): Promise<void> {
    await controller.kill();
    this.#forget(controller);
  }

  /** SIGTERM, in the middle of a scenario; answers the exit code. */
  async stop(controller: RigController): Promise<number> {
    this.#forget(controller);
    return await controller.stop();
  }

  /** Waits until a controller has ended by itself; it may have ended so. */
  async untilGone(controller: RigController, timeoutMs: number): Promise<void> {
    await until(() => controller.died.aborted, { what: "the controller ends by itself", timeoutMs });
    this.#forget(controller);
  }

  #forget(controller: RigController): void {
    this.#controllers = this.#controllers.filter((other) => other !== controller);
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
    const began = performance.now();
    const judged = await until(look, { what, timeoutMs: withinMs, state, signal });
    this.#converged = performance.now() - began;
    await this.auditor.caughtUp(judged.objects);
    return judged;
  }

  /** Versions of any object that were committed in so many milliseconds from now on. */
  async writesWithin(ms: number): Promise<string[]> {
    const before = this.auditor.versions.length;
    await sleep(ms);
    return this.auditor.versions.slice(before).map(shown);
  }

  /** The scenario makes the controller log errors with this in their message. */
  expectErrors(pattern: RegExp): void {
    this.#expected = pattern;
  }

  /** Status writes of this scenario since a moment (`performance.now`), of all controllers behind proxies. */
  budget(since = 0): ReturnType<History["budget"]> {
    const sum = { sent: 0, committed: 0, wasted: 0, conflicts: 0, refused: 0 };
    for (const { proxy } of this.#all) {
      const one = proxy?.history.budget(since) ?? sum;
      for (const key of Object.keys(sum) as (keyof typeof sum)[]) if (one !== sum) sum[key] += one[key];
    }
    return sum;
  }

  /** Ends what a test started, removes its objects, checks what must always hold, and publishes what happened. */
  async endScenario({ name, passed, took }: { name: string; passed: boolean; took: number }): Promise<void> {
    const codes = await this.#stopAll();
    await this.admin.deleteAll("ProtectedVM", { namespace: NAMESPACE });
    for (const kind of ["AffinityPolicy", "Appliance"]) await this.admin.deleteAll(kind);
    await until(() => this.auditor.objects().length === 0, { what: "all objects are gone" });
    this.auditor.clear();
    await this.checkpoint();
    const all = this.#all;
    this.#all = [];
    const faults = this.auditor.faults.splice(0);
    for (const controller of all) faults.push(...this.#faultsOf(controller));
    for (const figures of this.#figures) faults.push(...figureFaults(figures));
    publish(
      reportOf({ name, passed: passed && faults.length === 0, took, converged: this.#converged }, all, {
        explainer: this.#explainer,
        figures: this.#figures,
      }),
    );
    this.#converged = undefined;
    this.#explainer = undefined;
    this.#expected = undefined;
    const plans = all.flatMap(({ proxy }) => proxy?.added ?? []);
    const found = faults.slice(0, 10);
    expect(found, `${found.join("\n")}\nwith the plans ${JSON.stringify(plans)}`).toEqual([]);
    expect(codes, "exit codes").toEqual(codes.map(() => 0));
  }

  async #stopAll(): Promise<(number | string)[]> {
    const controllers = this.#controllers;
    this.#controllers = [];
    this.#figures = [];
    const codes: (number | string)[] = [];
    for (const controller of controllers) {
      const isGone = controller.died.aborted || controller.pid === undefined;
      // The delay of a start says nothing about the rest: of who lived for a moment there is no figure.
      if (!isGone && performance.now() - controller.startedAt > FIGURES_AFTER) {
        this.#figures.push(await controller.probes.figures());
      }
      codes.push(isGone ? "died" : await controller.stop());
    }
    return codes;
  }

  /** S1 and S2, for every decision since the last call. A long scenario does it now and then, to forget what is explained. */
  async checkpoint(): Promise<void> {
    if (this.#explainer === undefined) {
      this.#explainer = new Explainer();
      this.#explainer.addNamespaces(await this.admin.list("Namespace"));
    }
    for (const version of this.auditor.drain()) {
      const [kind = "", key = ""] = version.id.split(" ");
      const id = writeId(kindOf(kind).plural, key, version.revision);
      const writer = this.#all.find(({ proxy }) => proxy?.history.writes.has(id));
      const sentAt = writer?.proxy?.history.writes.get(id)?.start;
      const process = writer && { process: writer, startedAt: writer.startedAt, sentAt: sentAt ?? 0 };
      this.auditor.faults.push(...this.#explainer.take(version, process));
    }
  }

  #faultsOf(controller: RigController): string[] {
    const { proxy, probes } = controller;
    const faults = logFaults(controller.log(), { secrets: this.secrets, expected: this.#expected }).slice(0, 5);
    if (proxy === undefined) return faults;
    const missed = proxy.plans.missed.map((plan) => `a fault that never struck: ${JSON.stringify(plan)}`);
    return [...faults, ...missed, ...proxy.errors, ...requestFaults(proxy.history), ...probes.faults(proxy.history)];
  }

  /** Processes, folders and proxies of a scenario that is over. */
  async release(): Promise<void> {
    for (const controller of this.#started.splice(0)) await controller[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
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
  let began = 0;
  beforeEach(() => {
    began = performance.now();
  });
  afterEach(async ({ task }) => {
    const passed = task.result?.state !== "fail";
    try {
      await get().endScenario({ name: task.name, passed, took: Math.round(performance.now() - began) });
    } finally {
      await get().release();
    }
  });
  afterAll(() => rig?.[Symbol.asyncDispose]());
  return get;
}

/** Log lines of a controller so far that have this text in their message or error. */
export function logged(controller: RigController, pattern: RegExp): LogLine[] {
  return logLines(controller.log()).filter(({ msg, err }) => pattern.test(`${msg} ${err?.message ?? ""}`));
}

export async function untilLogged(controller: RigController, pattern: RegExp, timeoutMs = 20_000): Promise<void> {
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
export function signal(controller: RigController, name: "SIGSTOP" | "SIGCONT"): void {
  if (controller.pid === undefined) throw new Error("the controller did not start");
  process.kill(controller.pid, name);
}
