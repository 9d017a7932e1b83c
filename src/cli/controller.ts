import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { apiAt } from "../controller/api.ts";
import { Controller } from "../controller/controller.ts";
import { DryRun } from "../controller/dry-run.ts";
import { Leader } from "../controller/leader.ts";
import { systemClock } from "../kube/clock.ts";
import { type CredentialSource, type Credentials, findCredentials } from "../kube/credentials.ts";
import { ApiError } from "../kube/errors.ts";
import { leaseClient } from "../kube/lease.ts";
import { Transport } from "../kube/transport.ts";
import { createLog, type Logger } from "../observe/log.ts";
import { CHANGES, FAILED, OK, UsageError } from "./exit.ts";
import type { ControllerOptions } from "./settings/table.ts";
import { version } from "./version.ts";

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
  const { managerVersion, concurrency, once, relistIntervalMs: relistMs } = options;
  await using transport = new Transport({ credentials: source, version });
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      log.info({ signal }, "stopping");
      stop.abort();
    });
  }
  log.info({ version, server: credentials.server, managerVersion }, "starting");
  const dryRun = options.dryRun ? new DryRun(log) : undefined;
  const api = {
    ...apiAt(transport, { clock, watchSilenceMs: options.watchSilenceMs }),
    ...(dryRun && { put: dryRun.put }),
  };
  const leader = options.leaderElect ? election(options, { transport, credentials, log }) : undefined;
  const running = new Controller({
    api,
    clock,
    managerVersion,
    concurrency,
    relistMs,
    log,
    once,
    ...(leader && { leader }),
  });
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
    onError: (error) => log.warn({ lease: `${namespace}/${name}`, err: error }, "no lease yet, trying again"),
  });
}

/** Asked for once before anything starts, so that a wrong flag is told at once and not retried. */
async function connect({
  kubeconfig,
  context,
}: ControllerOptions): Promise<{ source: CredentialSource; credentials: Credentials }> {
  try {
    const source = findCredentials({ kubeconfig, context });
    return { source, credentials: await source.get() };
  } catch (error) {
    if (error instanceof ApiError && error.code === "Credentials") throw new UsageError(error.message);
    throw error;
  }
}
