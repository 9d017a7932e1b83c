import { Controller } from "../controller/controller.ts";
import { systemClock } from "../kube/clock.ts";
import { type CredentialSource, findCredentials } from "../kube/credentials.ts";
import { ApiError } from "../kube/errors.ts";
import { Transport } from "../kube/transport.ts";
import { createLog } from "../observe/log.ts";
import { OK, UsageError } from "./exit.ts";
import { managerVersion } from "./settings.ts";
import { version } from "./version.ts";

/** The flags of `tandem controller`. */
export interface ControllerOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly managerVersion: string;
  readonly logLevel: string;
  /** Absent: pretty on a terminal, else json. */
  readonly logFormat?: "json" | "pretty";
  readonly concurrency: number;
}

/**
 * `tandem controller`: decides until SIGTERM or SIGINT, ends the writes that are under way, and returns 0.
 * @throws {UsageError} if the manager version makes no sense, or there is no cluster to talk to
 */
export async function controller(options: ControllerOptions): Promise<number> {
  const manager = managerVersion(options.managerVersion);
  const { source, server } = await credentials(options);
  const log = createLog({
    level: options.logLevel,
    format: options.logFormat ?? (process.stderr.isTTY ? "pretty" : "json"),
  });
  await using transport = new Transport({ credentials: source, version });
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      log.info({ signal }, "stopping");
      stop.abort();
    });
  }
  log.info({ version, server, managerVersion: manager }, "starting");
  const { concurrency } = options;
  await new Controller({ transport, clock: systemClock, managerVersion: manager, concurrency, log }).run(stop.signal);
  log.info("stopped");
  return OK;
}

/** Asked for once before anything starts, so that a wrong flag is told at once and not retried. */
async function credentials(options: ControllerOptions): Promise<{ source: CredentialSource; server: string }> {
  const { kubeconfig, context } = options;
  try {
    const source = findCredentials({ kubeconfig, context });
    return { source, server: (await source.get()).server };
  } catch (error) {
    if (error instanceof ApiError && error.code === "Credentials") throw new UsageError(error.message);
    throw error;
  }
}
