import type { ProtectedVM } from "../../src/api/kinds.ts";
import { EventRecorder } from "../../src/controller/event-recorder.ts";
import { sleep } from "../../src/kube/clock.ts";
import type { EventClient, EventToSend, SentEvent } from "../../src/kube/event.ts";
import type { StoredObject } from "../../src/kube/parse-object.ts";
import type { Logger } from "../../src/observe/log.ts";
import { VirtualClock } from "../kube/virtual-clock.ts";

interface Call {
  readonly at: number;
  readonly create?: EventToSend;
  readonly repeat?: { readonly event: SentEvent; readonly count: number; readonly time: number };
}

/** A recorder whose API server takes `answer` for each request: undefined accepts it. */
export function rig({ latency = 0 } = {}) {
  let random = 0;
  const clock = new VirtualClock({ random: () => (random = (random + 0.137) % 1) });
  const calls: Call[] = [];
  const results: string[] = [];
  const lines: { level: string; fields: object }[] = [];
  const server = { latency, answer: (_attempt: number): Error | undefined => undefined, open: 0, most: 0, busy: false };
  const take = async (call: Omit<Call, "at">): Promise<void> => {
    calls.push({ at: clock.monotonic(), ...call });
    const answer = server.answer(calls.length);
    server.most = Math.max(server.most, ++server.open);
    if (server.latency > 0) await sleep(clock, server.latency);
    server.open--;
    if (answer !== undefined) throw answer;
  };
  const client: EventClient = {
    async create(event) {
      await take({ create: event });
      return { name: `${event.regarding.name}.${event.unique}`, namespace: event.regarding.namespace ?? "default" };
    },
    repeat: (event, series) => take({ repeat: { event, ...series } }),
  };
  const level = (name: string) => (fields: object) => lines.push({ level: name, fields });
  const log = { debug: level("debug"), info: level("info"), warn: level("warn") } as unknown as Logger;
  const recorder = new EventRecorder({
    client,
    clock,
    log,
    isBusy: () => server.busy,
    onResult: (reason, result) => results.push(`${reason} ${result}`),
  });
  return {
    clock,
    calls,
    results,
    lines,
    server,
    recorder,
    created: () => calls.flatMap(({ create }) => create ?? []),
    counts: () => calls.flatMap(({ repeat }) => repeat?.count ?? []),
    /** The rules fail on a VM: something that can be said again and again. */
    fail: (name = "v", error: unknown = new Error("why")) =>
      recorder.onStuck("ProtectedVM", vm(name), { type: "failed", error }),
  };
}

/** A VM that wants anti-malware; with a source it has a status, else none. */
export function vm(
  name: string,
  source?: "Agent" | "Appliance" | "None",
  uid = `uid-${name}`,
): ProtectedVM & StoredObject {
  const row = { name: "AntiMalware", affinity: "AppliancePreferred", decidedBy: "Default", state: "Active" } as const;
  const rest = { reason: "Preferred", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" } as const;
  return {
    metadata: { name, namespace: "shop", uid, resourceVersion: "1" },
    spec: { guestOS: "Windows", features: ["AntiMalware"] },
    ...(source && { status: { features: [{ ...row, ...rest, source }] } }),
  };
}
