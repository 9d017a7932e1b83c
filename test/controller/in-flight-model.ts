import TinyQueue from "tinyqueue";
import type { InFlight } from "../../src/controller/in-flight.ts";
import { seeded } from "../fault/random.ts";

/** An API server as a queueing model. Times are milliseconds, those of one write. */
export interface ServerModel {
  readonly cores: number;
  /** On a core. */
  readonly service: number;
  /** On the way and on etcd's disk: nothing waits for anything there. */
  readonly delay: number;
  /** Standard deviation of these two by their mean. */
  readonly jitter?: number;
  /** What other clients use of the cores, 0 to 1. */
  readonly others?: number;
  /** How many times longer the service takes at a moment. */
  readonly slowness?: (ms: number) => number;
}

export interface Run {
  /** Of the writes after the warm-up. */
  readonly perSecond: number;
  /** Mean, milliseconds. */
  readonly latency: number;
  /** The limit for edits, which does not change for a look, at each of these writes' ends. */
  readonly limits: readonly number[];
  /** When each write ended, those of the warm-up too. */
  readonly ends: readonly number[];
  readonly mostInFlight: number;
}

/** CPU of the one thread that decides and writes. */
const OWN = 0.4;

export function fixed(mass: number): Pick<InFlight, "mass" | "edits" | "started" | "ended"> {
  return { mass, edits: mass, started: () => undefined, ended: () => {} };
}

/** Writes without an end of work: the next one starts as soon as the limits allow. */
export function simulate(
  server: ServerModel,
  limits: Pick<InFlight, "mass" | "edits" | "started" | "ended">,
  { warmUp, writes, seed = 1 }: { warmUp: number; writes: number; seed?: number },
): Run {
  const { cores, service, delay, jitter = 0.7, others = 0, slowness = () => 1 } = server;
  const random = seeded(seed);
  const events = new TinyQueue<{ at: number; run: () => void }>([], (a, b) => a.at - b.at);
  const waiting: (() => void)[] = [];
  const ends: number[] = [];
  const seen: number[] = [];
  let [now, busy, inFlight, ownFreeAt, latencies, mostInFlight, warmAt] = [0, 0, 0, 0, 0, 0, 0];
  const after = (ms: number, run: () => void): void => void events.push({ at: now + ms, run });
  /** Log-normal. */
  const vary = (mean: number): number => {
    const variance = Math.log(1 + jitter ** 2);
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return mean * Math.exp(Math.sqrt(variance) * normal - variance / 2);
  };
  const onCore = (then: () => void): void => {
    const begin = (): void => {
      busy += 1;
      after(vary(service) * slowness(now), () => {
        busy -= 1;
        waiting.shift()?.();
        then();
      });
    };
    if (busy < cores) begin();
    else waiting.push(begin);
  };
  const own = (then: () => void): void => {
    ownFreeAt = Math.max(ownFreeAt, now) + OWN / 2;
    after(ownFreeAt - now, then);
  };
  const write = (): void => {
    inFlight += 1;
    mostInFlight = Math.max(mostInFlight, inFlight);
    const startedAt = now;
    const window = limits.started(inFlight);
    const end = (): void => {
      inFlight -= 1;
      ends.push(now);
      if (ends.length === warmUp) warmAt = now;
      if (ends.length > warmUp) {
        latencies += now - startedAt;
        seen.push(limits.edits);
      }
      limits.ended(window, now - startedAt);
      pump();
    };
    const there = vary(delay);
    own(() => after(there / 2, () => onCore(() => after(there / 2, () => own(end)))));
  };
  const pump = (): void => {
    while (inFlight < limits.mass) write();
  };
  const stranger = (): void => {
    onCore(() => {});
    after((-Math.log(1 - random()) * service) / (others * cores), stranger);
  };
  if (others > 0) stranger();
  pump();
  while (ends.length < warmUp + writes) {
    const next = events.pop();
    if (next === undefined) throw new Error("nothing is under way any more");
    now = next.at;
    next.run();
  }
  const perSecond = (1_000 * writes) / (now - warmAt);
  return { perSecond, latency: latencies / writes, limits: seen, ends, mostInFlight };
}
