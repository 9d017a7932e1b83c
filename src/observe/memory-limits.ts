import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";
import type { Metrics } from "./metrics.ts";

/**
 * How much memory there may be, for who compares it with how much there is (`process_resident_memory_bytes`,
 * `nodejs_heap_size_used_bytes`): the process ends at either limit.
 */
export function readMemoryLimits(metrics: Metrics): void {
  metrics.gauge({
    name: "tandem_memory_limit_bytes",
    help: "Memory that the container may use; without a limit that of the machine",
    labels: [],
    // Node answers 0 or 2^64 where nothing limits it.
    read: () => [[Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem())]],
  });
  metrics.gauge({
    name: "tandem_heap_limit_bytes",
    help: "Size that the JavaScript heap may grow to; Node takes it from the container's limit",
    labels: [],
    read: () => [[getHeapStatistics().heap_size_limit]],
  });
}
