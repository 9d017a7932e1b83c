import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { apiAt } from "../../controller/api.ts";
import { Controller } from "../../controller/controller.ts";
import { DryRun } from "../../controller/dry-run.ts";
import { EventRecorder, type EventRecorderOptions } from "../../controller/event-recorder.ts";
import { Leader } from "../../controller/leader.ts";
import { counting, reading } from "../../controller/metrics.ts";
import { readiness } from "../../controller/readiness.ts";
import { systemClock } from "../../kube/clock.ts";
import { type CredentialSource, type Credentials, findCredentials } from "../../kube/credentials.ts";
import { ApiError } from "../../kube/errors.ts";
import { eventClient } from "../../kube/event.ts";
import { leaseClient } from "../../kube/lease.ts";
import { reviewToken } from "../../kube/review.ts";
import { Transport } from "../../kube/transport.ts";
import { createLog, type Logger } from "../../observe/log.ts";
import { Metrics } from "../../observe/metrics.ts";
import { metricsRoute } from "../../observe/metrics-route.ts";
import { probes } from "../../observe/probes.ts";
import { type ServeOptions, Serving } from "../../observe/server.ts";
import { CHANGES, FAILED, OK, UsageError } from "../exit.ts";
import type { ControllerOptions } from "../settings/table.ts";
import { isLoopback } from "../settings/values.ts";
import { version } from "../version.ts";

/** Where the Lease is if we do not run in a Pod: where manifests/base puts the controller. */
const NAMESPACE = "tandem-system";

/**
 * `tandem controller`: decides until SIGTERM or SIGINT, ends the writes that are under way, and returns 0. It returns 2 if
 * the lease is lost. With `--once` it returns as soon as everything is settled: 0, or 1 if a status was refused; with
 * `--dry-run` 1 if anything would be written.
 * @throws {UsageError} if there is no cluster to talk to
 */
export async function controller(options: ControllerOptions): Promise<number> {
  const { source, credentials } = await connect(options);
  const log = createLog({
    level: options.logLevel,
    format: options.logFormat ?? (process.stderr.isTTY ? "pretty" : "json"),
  });
  const clock = systemClock;
  const { managerVersion, concurrency, once, relistIntervalMs: relistMs, leaseName } = options;
  const metrics = new Metrics(options.metricsBind !== undefined);
  const counts = counting(metrics);
  await using transport = new Transport({ credentials: source, version, onRequest: counts.onRequest });
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      log.info({ signal }, "stopping");
      stop.abort();
    });
  }
  log.info({ version, server: credentials.server, managerVersion }, "starting");
  const dryRun = options.dryRun ? new DryRun(log) : undefined;
  const live = apiAt(transport, { clock, watchSilenceMs: options.watchSilenceMs });
  const leader = options.leaderElect ? election(options, { transport, credentials, log }) : undefined;
  await using events = options.events
    ? recorder({ transport, log, isBusy: () => running.load.protectedvm.depth > 0, onResult: counts.onEvent })
    : undefined;
  const running = new Controller({
    api: { ...live, ...(dryRun && { put: dryRun.put }) },
    clock,
    managerVersion,
    concurrency,
    relistMs,
    once,
    log,
    observers: events === undefined ? [counts] : [counts, events],
    ...(leader && { leader }),
  });
  reading(metrics, running, { lease: leaseName, version, clock });
  await using _servers = await serve(options, { running, metrics, transport, log });
  const end = await running.run(stop.signal);
  switch (end) {
    case "stopped":
      log.info("stopped");
      return OK;
    case "lease lost":
      log.warn("the lease is lost: another one may lead, so this one ends");
      return FAILED;
    case "at rest": {
      const { unsettled } = running;
      log.info({ unsettled, ...(dryRun && { wouldWrite: dryRun.size }) }, "everything is settled");
      return unsettled > 0 || (dryRun?.size ?? 0) > 0 ? CHANGES : OK;
    }
  }
}

interface Surroundings {
  readonly transport: Transport;
  readonly credentials: Credentials;
  readonly log: Logger;
}

function election(options: ControllerOptions, { transport, credentials, log }: Surroundings): Leader {
  const { leaseName: name, leaseNamespace: namespace = credentials.namespace ?? NAMESPACE } = options;
  return new Leader({
    client: leaseClient(transport, { namespace, name }),
    clock: systemClock,
    identity: `${hostname()}_${randomUUID()}`,
    times: {
      duration: options.leaseDurationMs,
      renewDeadline: options.leaseRenewDeadlineMs,
      retryPeriod: options.leaseRetryPeriodMs,
    },
    onError: (error, failures) => {
      // The first of them, and then ever fewer: what is wrong for an hour is not worth a thousand lines.
      if (!Number.isInteger(Math.log2(failures))) return;
      log.warn(
        { lease: `${namespace}/${name}`, failures, err: error },
        "the lease could not be taken or renewed, trying again",
      );
    },
  });
}

function recorder({
  transport,
  ...options
}: Pick<EventRecorderOptions, "log" | "isBusy" | "onResult"> & { transport: Transport }): EventRecorder {
  const client = eventClient(transport, { controller: "tandem.dev/controller", instance: hostname() });
  return new EventRecorder({ ...options, client, clock: systemClock });
}

/** The servers for probes and for metrics, if they are wanted. @throws {UsageError} if one cannot listen */
async function serve(
  { probeBind, metricsBind, metricsCertDir: certDir }: ControllerOptions,
  { running, metrics, transport, log }: { running: Controller; metrics: Metrics; transport: Transport; log: Logger },
): Promise<AsyncDisposableStack> {
  await using stack = new AsyncDisposableStack();
  const start = async (what: string, options: Omit<ServeOptions, "onError">): Promise<void> => {
    const onError = (error: unknown) => log.warn({ err: error }, `${what}: a request failed`);
    try {
      const { port } = stack.use(await Serving.start({ ...options, onError }));
      log.info({ ...(options.host && { host: options.host }), port }, `serving ${what}`);
    } catch (error) {
      throw new UsageError(`${what} cannot be served: ${error instanceof Error ? error.message : error}`);
    }
  };
  if (probeBind !== undefined) {
    // Who can answer is alive. An API server that is away is no reason to be restarted.
    const live = [{ name: "ping", problem: () => undefined }];
    await start("probes", { ...probeBind, routes: probes({ live, ready: readiness(running, systemClock) }) });
  }
  if (metricsBind !== undefined) {
    const authorize = (token: string) => reviewToken(transport, { token, path: "/metrics" });
    const routes = metricsRoute(metrics, isLoopback(metricsBind) ? undefined : authorize);
    await start("metrics", { ...metricsBind, routes, ...(certDir !== undefined && { certDir }) });
  }
  return stack.move();
}

/** Asked for once before anything starts, so that a wrong flag is told at once and not retried. */
async function connect({
  kubeconfig,
  context,
  serviceAccountDir,
}: ControllerOptions): Promise<{ source: CredentialSource; credentials: Credentials }> {
  try {
    const source = findCredentials({ kubeconfig, context, serviceAccountDir });
    return { source, credentials: await source.get() };
  } catch (error) {
    if (error instanceof ApiError && error.code === "Credentials") throw new UsageError(error.message);
    throw error;
  }
}
