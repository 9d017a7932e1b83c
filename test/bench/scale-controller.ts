import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { freePort } from "../cluster/processes.ts";
import { asPod, nodeFlags } from "./pod.ts";
import { Scrape } from "./scale-metrics.ts";
import { MeasuredProcess } from "./scale-process.ts";
import { residentMemory } from "./usage.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const PROGRAM = join(ROOT, "dist", "tandem.mjs");
const LOOP = join(import.meta.dirname, "scale-loop.mjs");
const LOOP_FILE = "loop.jsonl";
/** Milliseconds between two looks. */
const LOOK_EVERY = 100;
/** Milliseconds for an answer of a process that may be busy with a large list. */
const ANSWER_TIMEOUT = 20_000;
/** Milliseconds in which something must get better. */
const PATIENCE = 120_000;
/** Milliseconds for an orderly end (SPEC). */
const STOP_TIMEOUT = 5_000;

export interface Lag {
  /** Milliseconds that the event loop was late, since the process started. */
  readonly p99: number;
  readonly max: number;
}

/** The bundled controller as a process of its own, as it ships, looked at through its probes and metrics. */
export class ScaleController implements AsyncDisposable {
  readonly #process: MeasuredProcess;
  readonly #probes: string;
  readonly #metrics: string;

  private constructor(process: MeasuredProcess, ports: { readonly probes: number; readonly metrics: number }) {
    this.#process = process;
    this.#probes = `http://127.0.0.1:${ports.probes}/readyz`;
    this.#metrics = `http://127.0.0.1:${ports.metrics}/metrics`;
  }

  /** Starts it, as in a Pod with the account of this kubeconfig, and does not wait for anything. */
  static async start(kubeconfig: string): Promise<ScaleController> {
    if (!existsSync(PROGRAM)) throw new Error("dist/tandem.mjs is missing. Run: node scripts/build.ts");
    const ports = { probes: await freePort(), metrics: await freePort() };
    const servers = [`--probe-bind=127.0.0.1:${ports.probes}`, `--metrics-bind=127.0.0.1:${ports.metrics}`];
    const process = new MeasuredProcess("the controller", (folder) => {
      const loop = pathToFileURL(LOOP);
      loop.searchParams.set("file", join(folder, LOOP_FILE));
      const pod = asPod(kubeconfig, folder);
      return {
        args: [...nodeFlags(), "--import", loop.href, PROGRAM, "controller", ...pod.args, ...servers],
        env: pod.env,
      };
    });
    return new ScaleController(process, ports);
  }

  /** Waits until every VM has been looked at and nothing is left to do. Milliseconds from the start of the process. */
  async untilSettled(vms: number): Promise<{ readonly ms: number; readonly scrape: Scrape }> {
    // The probe costs nothing where a scrape would be counted as work of the start.
    await this.#until("it is ready", async () => (await this.#get(this.#probes)) !== undefined);
    const scrape = await this.untilScrape(`${vms} VMs are settled`, (one) => one.isSettled(vms));
    return { ms: performance.now() - this.#process.startedAt, scrape };
  }

  /** Waits until a scrape is as wanted; gives up when none of its numbers of work done has risen for two minutes. */
  async untilScrape(what: string, isWanted: (scrape: Scrape) => boolean): Promise<Scrape> {
    let wanted: Scrape | undefined;
    let work = -1;
    await this.#until(what, async (hasMoved) => {
      const scrape = await this.scrape();
      const done = scrape.sum("tandem_vms") + scrape.writes;
      if (done !== work) hasMoved();
      work = done;
      if (isWanted(scrape)) wanted = scrape;
      return wanted !== undefined;
    });
    if (wanted === undefined) throw new Error(what);
    return wanted;
  }

  async scrape(): Promise<Scrape> {
    const text = await this.#get(this.#metrics);
    if (text === undefined) throw new Error("the controller does not answer with its metrics");
    return new Scrape(text);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Bytes resident now and at most so far. */
  get memory(): { readonly now: number; readonly peak: number } {
    return residentMemory(this.pid);
  }

  /** How late its event loop was, from its start to about now. */
  async lag(): Promise<Lag> {
    // The next line is written within a quarter of a second.
    await sleep(300);
    const last = readFileSync(join(this.#process.folder, LOOP_FILE), "utf8").trimEnd().split("\n").at(-1) ?? "";
    const { p99, max } = JSON.parse(last) as Lag;
    return { p99, max };
  }

  /** SIGTERM, and SIGKILL if it does not end. */
  async stop(): Promise<void> {
    this.#process.signal("SIGTERM");
    const timer = setTimeout(() => this.#process.signal("SIGKILL"), STOP_TIMEOUT);
    const { code, log } = await this.#process.ended();
    clearTimeout(timer);
    if (code !== 0) throw new Error(`the controller did not end in order within ${STOP_TIMEOUT} ms (${code}). ${log}`);
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  async #until(what: string, condition: (hasMoved: () => void) => Promise<boolean>): Promise<void> {
    let movedAt = performance.now();
    const hasMoved = () => {
      movedAt = performance.now();
    };
    while (!(await condition(hasMoved))) {
      this.#process.expectAlive();
      if (performance.now() - movedAt > PATIENCE) {
        throw new Error(`the controller: for ${PATIENCE / 1000} s nothing came nearer to this: ${what}`);
      }
      await sleep(LOOK_EVERY);
    }
  }

  /** The body of a 200; undefined for any other answer, or none. */
  async #get(url: string): Promise<string | undefined> {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT) });
      const text = await answer.text();
      return answer.ok ? text : undefined;
    } catch {
      return undefined;
    }
  }
}
