import { ApiError } from "../../src/kube/errors.ts";
import type { ServerFault } from "./plan.ts";
import { noTrouble, type Server } from "./wire.ts";

/** Has one thing go wrong at the API server or on the way to it; most last until `heal`. */
export function strike(server: Server, { type, amount }: ServerFault): void {
  const { trouble, model, scheduler } = server;
  switch (type) {
    case "break streams":
      breakStreams(server);
      return;
    case "compact":
      model.compact();
      return;
    case "restart server":
      model.compact();
      trouble.awayUntil = scheduler.now + amount / 10;
      breakStreams(server);
      return;
    case "away":
      trouble.awayUntil = scheduler.now + amount;
      breakStreams(server);
      return;
    case "freeze":
      trouble.frozenUntil = scheduler.now + 3 * amount;
      return;
    case "forbid":
      trouble.forbidden.add(["Namespace", "Appliance", "AffinityPolicy", "ProtectedVM"][amount % 4] ?? "");
      breakStreams(server);
      return;
    case "lossy":
      Object.assign(trouble, { refused: 0.3, lost: 0.2, torn: 0.1 });
      return;
    case "slow":
      trouble.latency = amount / 5;
      return;
    case "swallow":
      Object.assign(trouble, { swallowed: 0.3, twice: 0.3 });
      return;
    case "stale":
      trouble.stale = 0.3;
      return;
    case "lag":
      trouble.lag = 1 + (amount % 5);
      return;
    case "no watch list":
      trouble.watchList = false;
      return;
    case "restore": {
      // A backup of so many changes ago.
      const { revision } = model.history.at(-1 - amount) ?? { revision: model.compacted };
      model.restore(revision < model.compacted ? model.compacted : revision);
      breakStreams(server);
      return;
    }
    case "well":
      heal(server);
      return;
  }
}

export function heal({ trouble }: Server): void {
  Object.assign(trouble, { ...noTrouble(), forbidden: trouble.forbidden });
  trouble.forbidden.clear();
}

function breakStreams({ streams }: Server): void {
  for (const stream of streams) stream.end(new ApiError("Network", "ECONNRESET"));
}
