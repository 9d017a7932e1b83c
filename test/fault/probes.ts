import { availableParallelism, loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../cluster/processes.ts";
import type { History } from "./history.ts";

/** Milliseconds. */
const EVERY = 200;
const TIMEOUT = 2_000;
/** The kinds that must have been listed before the controller may call itself ready. */
const INPUTS = ["namespaces", "appliances", "affinitypolicies", "protectedvms"];
/** R3. Seconds; more where so many processes wait for each core that the delay is not the controller's. */
const LONGEST_LOOP_DELAY_S = 0.1;
const LONGEST_IF_BUSY_S = 0.5;
const BUSY = 1.5;

/** What `/livez` and `/readyz` answered; absent: nothing. */
export interface Sample {
  /** Monotonic milliseconds: when both had answered. */
  readonly at: number;
  readonly live: number | undefined;
  readonly ready: number | undefined;
}

export interface Figures {
  /** Bytes. */
  readonly residentMemory?: number;
  /** Seconds: of the event loop's delay. */
  readonly loopDelayP99?: number;
}

/** Asks the probes of one controller again and again while it lives. */
export class Probes implements AsyncDisposable {
  readonly samples: Sample[] = [];
  readonly #ports: { readonly probe: number; readonly metrics: number };
  readonly #end = new AbortController();
  #asking: Promise<void> = Promise.resolve();

  private constructor(ports: { probe: number; metrics: number }) {
    this.#ports = ports;
  }

  static async choose(): Promise<Probes> {
    return new Probes({ probe: await freePort(), metrics: await freePort() });
  }

  /** Arguments for the controller. */
  get args(): string[] {
    const { probe, metrics } = this.#ports;
    return [`--probe-bind=127.0.0.1:${probe}`, `--metrics-bind=127.0.0.1:${metrics}`];
  }

  begin(): void {
    this.#asking = this.#ask(this.#ports.probe);
  }

  /** The exposition as it is now; empty if nobody answers. */
  async metrics(): Promise<string> {
    const url = `http://127.0.0.1:${this.#ports.metrics}/metrics`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT) }).catch(() => undefined);
    return (await answer?.text()) ?? "";
  }

  /** Of the process as it is now; empty if it does not answer. */
  async figures(): Promise<Figures> {
    const text = await this.metrics();
    if (text === "") return {};
    const value = (name: string) => Number(new RegExp(`^${name} (.+)$`, "m").exec(text)?.[1]);
    return {
      residentMemory: value("process_resident_memory_bytes"),
      loopDelayP99: value("nodejs_eventloop_lag_p99_seconds"),
    };
  }

  /** R4: `/livez` never fails, and `/readyz` says 200 only after every kind has been listed. No answer at all is none. */
  faults(history: History): string[] {
    const faults: string[] = [];
    const dead = this.samples.find(({ live }) => live !== undefined && live !== 200);
    if (dead !== undefined) faults.push(`/livez answered ${dead.live} (R4)`);
    const firstReady = this.samples.find(({ ready }) => ready === 200)?.at;
    for (const kind of firstReady === undefined ? [] : INPUTS) {
      const listed = history.requests.find(
        ({ request, listedAt }) => request.resource === kind && listedAt !== undefined,
      );
      if (listed?.listedAt === undefined || listed.listedAt > (firstReady ?? 0)) {
        faults.push(`/readyz answered 200 before ${kind} were listed (R4)`);
      }
    }
    return faults;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#asking;
  }

  async #ask(port: number): Promise<void> {
    const status = async (path: string): Promise<number | undefined> => {
      const signal = AbortSignal.any([this.#end.signal, AbortSignal.timeout(TIMEOUT)]);
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal }).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.status;
    };
    while (!this.#end.signal.aborted) {
      const [live, ready] = await Promise.all([status("/livez"), status("/readyz")]);
      this.samples.push({ at: performance.now(), live, ready });
      await sleep(EVERY, undefined, { signal: this.#end.signal }).catch(() => {});
    }
  }
}

/** R3. */
export function figureFaults({ loopDelayP99 }: Figures): string[] {
  const longest = (loadavg()[0] ?? 0) / availableParallelism() > BUSY ? LONGEST_IF_BUSY_S : LONGEST_LOOP_DELAY_S;
  if (loopDelayP99 === undefined || loopDelayP99 < longest) return [];
  return [`event loop delayed by ${loopDelayP99 * 1000} ms at p99 (R3)`];
}
