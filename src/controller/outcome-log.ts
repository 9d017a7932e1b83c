import { randomUUID } from "node:crypto";
import type { Clock } from "../kube/clock.ts";
import type { Logger } from "../observe/log.ts";
import type { EngineObserver } from "./observer.ts";

/** While the API server cannot be used every write fails alike: a line in so many milliseconds says it. */
const TROUBLE_EVERY = 1000;

/** Says in the log what became of each object that something was done for. What changed nothing is not worth a line. */
export function logOutcomes(log: Logger, clock: Clock): Required<Pick<EngineObserver, "onOutcome" | "onHandlerError">> {
  let quietUntil = Number.NEGATIVE_INFINITY;
  let unsaid = 0;
  return {
    onOutcome({ kind, key }, outcome) {
      if (outcome.type === "parked" || (outcome.type === "settled" && !outcome.wrote)) return;
      const fields = { ...nameOf(kind, key), reconcileID: randomUUID() };
      switch (outcome.type) {
        case "settled":
          log.debug(fields, "status written");
          break;
        case "conflict":
          log.debug(fields, "changed meanwhile, deciding again");
          break;
        case "unavailable":
          if (clock.monotonic() < quietUntil) {
            unsaid += 1;
            break;
          }
          log.warn({ ...fields, err: outcome.error, alike: unsaid }, "status not written, trying again");
          quietUntil = clock.monotonic() + TROUBLE_EVERY;
          unsaid = 0;
          break;
        case "failed":
          log.error({ ...fields, err: outcome.error }, "failed, trying again");
          break;
        case "refused": {
          const next = outcome.final ? "left alone until the object changes" : "trying once more";
          log.error({ ...fields, err: outcome.error }, `the API server refuses this status: ${next}`);
          break;
        }
      }
    },
    onHandlerError(error, key) {
      log.error({ key, err: error }, "a change could not be taken in");
    },
  };
}

function nameOf(kind: string, key: string): { controller: string; namespace?: string; name: string } {
  const controller = kind.toLowerCase();
  const slash = key.indexOf("/");
  return slash < 0
    ? { controller, name: key }
    : { controller, namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
