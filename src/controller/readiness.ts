import type { Clock } from "../kube/clock.ts";
import type { Check } from "../observe/probes.ts";
import type { Controller } from "./controller.ts";

/** Milliseconds without any sign of a stream after which what is cached is known to be stale. */
const STALE_AFTER = 60_000;

/**
 * Ready is who knows everything there is, leader or not: each kind has a complete list, and its watch has been heard of
 * within a minute.
 */
export function readiness(controller: Controller, clock: Clock): Check[] {
  return controller.inputs.map((input) => ({
    name: input.kind.toLowerCase(),
    problem() {
      const { synced, complete, lastContactAt = Number.NEGATIVE_INFINITY } = input.state;
      if (!synced) return "not listed yet";
      if (!complete) return "listing it fails, so it may be out of date";
      if (clock.monotonic() - lastContactAt > STALE_AFTER) return "its watch has been silent for over a minute";
      return undefined;
    },
  }));
}
