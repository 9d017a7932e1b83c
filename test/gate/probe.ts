/*
 * Loaded into the program before it starts: measures its heap from inside when the parent asks. Needs --expose-gc and an IPC
 * channel. The program itself knows nothing of it.
 */
import { setImmediate } from "node:timers/promises";
import { GCProfiler } from "node:v8";

export interface Measurement {
  /** Bytes that were allocated on the heap since the measurement before. */
  readonly allocated: number;
  /** Bytes of the heap that are in use, garbage not counted. */
  readonly retained: number;
  /** Collections in that time: with none `allocated` is exact. */
  readonly collections: number;
}

type Collect = { gc?: () => void };

let profiler = new GCProfiler();
let used = 0;

function allocated(): Omit<Measurement, "retained"> {
  const { statistics } = profiler.stop();
  const heapUsed = process.memoryUsage().heapUsed;
  const freed = statistics.map(
    ({ beforeGC, afterGC }) => beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize,
  );
  return { allocated: heapUsed - used + freed.reduce((sum, bytes) => sum + bytes, 0), collections: freed.length };
}

async function measure(): Promise<Measurement> {
  const result = allocated();
  for (let times = 0; times < 3; times++) {
    (globalThis as Collect).gc?.();
    // What is weakly held is let go of in a later turn.
    await setImmediate();
  }
  profiler = new GCProfiler();
  profiler.start();
  used = process.memoryUsage().heapUsed;
  return { ...result, retained: used };
}

profiler.start();
process.on("message", () => {
  void measure().then((measurement) => process.send?.(measurement));
});
// Whoever asks must not keep the program alive.
process.channel?.unref();
