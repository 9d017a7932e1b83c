/*
 * Loaded into the controller before its program (`node --import`): how late its event loop is, since the start, in the file
 * of JSON lines that its own URL names as `?file=`. Plain JavaScript, so that no stripping of types is among what is measured.
 */
import { appendFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";

/** Milliseconds between two looks at the clock. It is part of each delay that is recorded, and taken off again. */
const RESOLUTION = 10;
/** Milliseconds between two lines. */
const EVERY = 250;

const file = new URL(import.meta.url).searchParams.get("file");
if (file !== null) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  const ms = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION);
  delay.enable();
  setInterval(() => {
    if (delay.count === 0) return;
    appendFileSync(file, `${JSON.stringify({ at: Date.now(), p99: ms(delay.percentile(99)), max: ms(delay.max) })}\n`);
  }, EVERY).unref();
}
