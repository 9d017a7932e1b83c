import type { Clock } from "../kube/clock.ts";
import type { RequestObservation } from "../kube/transport.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Controller, ControllerObserver } from "./controller.ts";
import type { QueueName, WrittenKind } from "./observer.ts";
import type { Outcome } from "./workers.ts";

const KINDS = ["protectedvm", "affinitypolicy", "appliance"];
const INPUTS = ["Namespace", "Appliance", "AffinityPolicy", "ProtectedVM"];
const QUEUES: readonly QueueName[] = ["protectedvm", "owner"];

/** controller-runtime's word for how a look at an object ended. */
const RESULTS: Readonly<Record<Outcome["type"], string>> = {
  settled: "success",
  parked: "requeue_after",
  conflict: "requeue",
  unavailable: "error",
  refused: "error",
  failed: "error",
};

/** What is counted as it happens. Names are those that dashboards for controllers know. */
export function counting(metrics: Metrics): ControllerObserver & {
  onRequest(observation: RequestObservation): void;
  onEvent(reason: string, result: "sent" | "dropped" | "failed"): void;
} {
  const reconciles = metrics.counter(
    { name: "controller_runtime_reconcile_total", help: "Looks at an object", labels: ["controller", "result"] },
    KINDS.flatMap((kind) => ["success", "requeue", "requeue_after", "error"].map((result) => [kind, result])),
  );
  const errors = metrics.counter(
    { name: "controller_runtime_reconcile_errors_total", help: "Looks that failed", labels: ["controller"] },
    KINDS.map((kind) => [kind]),
  );
  const times = metrics.histogram(
    {
      name: "controller_runtime_reconcile_time_seconds",
      help: "Time of a look at an object, its write included",
      labels: ["controller"],
    },
    KINDS.map((kind) => [kind]),
  );
  const writes = metrics.counter(
    { name: "tandem_status_writes_total", help: "Status writes by result", labels: ["kind", "result"] },
    KINDS.flatMap((kind) =>
      ["written", "conflict", "refused", "unavailable", "failed"].map((result) => [kind, result]),
    ),
  );
  const inputErrors = metrics.counter(
    { name: "tandem_watch_errors_total", help: "Lists and watches that failed", labels: ["kind", "during"] },
    INPUTS.flatMap((kind) => ["list", "watch"].map((during) => [kind, during])),
  );
  const events = metrics.counter({
    name: "tandem_events_total",
    help: "Events by reason",
    labels: ["reason", "result"],
  });
  const requests = metrics.counter({
    name: "rest_client_requests_total",
    help: "Requests to the API server",
    labels: ["method", "code"],
  });
  const requestTimes = metrics.histogram({
    name: "rest_client_request_duration_seconds",
    help: "Time until the head of the answer",
    labels: ["verb"],
  });
  const queue = (name: string, help: string) => ({ name: `workqueue_${name}`, help, labels: ["name"] });
  const known = QUEUES.map((name) => [name]);
  const adds = metrics.counter(queue("adds_total", "Keys added"), known);
  const retries = metrics.counter(queue("retries_total", "Keys to be tried again"), known);
  const waits = metrics.histogram(queue("queue_duration_seconds", "Time that a key waited to be taken"), known);
  const works = metrics.histogram(queue("work_duration_seconds", "Time of the work on a key"), known);
  return {
    onOutcome({ kind }, outcome, durationMs) {
      const controller = kind.toLowerCase();
      const result = RESULTS[outcome.type];
      reconciles.add(controller, result);
      times.observe(durationMs / 1000, controller);
      works.observe(durationMs / 1000, queueOf(kind));
      if (result === "error") errors.add(controller);
      if (outcome.type === "parked" || (outcome.type === "settled" && !outcome.wrote)) return;
      writes.add(controller, outcome.type === "settled" ? "written" : outcome.type);
    },
    onInputError: (kind, during) => inputErrors.add(kind, during),
    onEvent: (reason, result) => events.add(reason, result),
    onRequest({ method, code, durationMs }) {
      requests.add(method, code);
      requestTimes.observe(durationMs / 1000, method);
    },
    queueObserver: (name) => ({
      onAdded: () => adds.add(name),
      onRetried: () => retries.add(name),
      onTaken: (waitedMs) => waits.observe(waitedMs / 1000, name),
    }),
  };
}

/** What is looked up when somebody scrapes. */
export function reading(
  metrics: Metrics,
  controller: Controller,
  { lease, version, clock }: { lease: string; version: string; clock: Clock },
): void {
  metrics.gauge({
    name: "tandem_build_info",
    help: "Always 1",
    labels: ["version", "node"],
    read: () => [[version, process.version, 1]],
  });
  const perKind = (name: string, help: string, value: (input: Controller["inputs"][number]) => number | undefined) =>
    metrics.gauge({
      name,
      help,
      labels: ["kind"],
      read: () =>
        controller.inputs.flatMap((input): [string, number][] => {
          const number = value(input);
          return number === undefined ? [] : [[input.kind, number]];
        }),
    });
  const perQueue = (
    name: string,
    help: string,
    label: string,
    value: (load: { depth: number; active: number }) => number,
  ) =>
    metrics.gauge({
      name,
      help,
      labels: [label],
      read: () => QUEUES.map((queue): [string, number] => [queue, value(controller.load[queue])]),
    });
  perKind("tandem_synced", "Whether there is a complete list of a kind", ({ state }) =>
    Number(state.synced && state.complete),
  );
  const age = (at: number) => Math.max(0, clock.monotonic() - at);
  perKind("tandem_watch_last_event_timestamp_seconds", "Last event, bookmark, stream or list", ({ state }) =>
    state.lastContactAt === undefined ? undefined : (clock.now() - age(state.lastContactAt)) / 1000,
  );
  perKind("tandem_watch_age_seconds", "Time since then", ({ state }) =>
    state.lastContactAt === undefined ? undefined : age(state.lastContactAt) / 1000,
  );
  perKind("tandem_objects", "Objects of a kind", ({ size }) => size);
  perQueue("workqueue_depth", "Keys that are ready", "name", ({ depth }) => depth);
  perQueue("controller_runtime_active_workers", "Keys that are worked on", "controller", ({ active }) => active);
  metrics.gauge({
    name: "leader_election_master_status",
    help: "Whether this process leads",
    labels: ["name"],
    read: () => [[lease, Number(controller.leads)]],
  });
  metrics.gauge({
    name: "tandem_unsettled_objects",
    help: "Objects whose status the server refuses for good, or whose rules fail",
    labels: [],
    read: () => [[controller.unsettled]],
  });
  metrics.gauge({
    name: "tandem_vms",
    help: "VMs by mode and by how much of what they want is active",
    labels: ["mode", "coverage"],
    read: () => controller.counts.vms().map(({ mode, coverage, count }) => [mode, coverage, count]),
  });
  metrics.gauge({
    name: "tandem_modules_pending",
    help: "VMs that lack a module which their agent is to protect them with",
    labels: ["module"],
    read: () => controller.counts.pending().map(({ module, count }) => [module, count]),
  });
  metrics.gauge({
    name: "tandem_features_unprotected",
    help: "VMs of which nobody protects a wanted feature",
    labels: ["feature"],
    read: () => controller.counts.unprotected().map(({ feature, count }) => [feature, count]),
  });
}

function queueOf(kind: WrittenKind): QueueName {
  return kind === "ProtectedVM" ? "protectedvm" : "owner";
}
