import { setImmediate } from "node:timers/promises";
import type { Clock } from "../kube/clock.ts";

/** Work goes on for this long before the event loop gets its turn. Milliseconds. */
const SLICE = 8;

/**
 * Does something with each of many items, a slice of 8 ms at a time, so that a hundred thousand of them hold up nothing else.
 * The items may change meanwhile as the iteration of their collection allows it. Where there are few all is done at once.
 * @param goesOn asked after each slice
 */
export async function inSlices<T>(
  items: Iterable<T>,
  { clock, each, goesOn }: { clock: Clock; each: (item: T) => void; goesOn: () => boolean },
): Promise<void> {
  let end = clock.monotonic() + SLICE;
  for (const item of items) {
    each(item);
    if (clock.monotonic() < end) continue;
    if (!goesOn()) return;
    await setImmediate();
    end = clock.monotonic() + SLICE;
  }
}
