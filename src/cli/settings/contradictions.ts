import type { Given } from "./given.ts";
import type { ControllerOptions, SettingName } from "./table.ts";
import { collide, isLoopback } from "./values.ts";

/** The name of each setting that somebody gave, with what is in force. */
type InForce = ReadonlyMap<SettingName, Given>;

const OF_THE_LEASE = [
  "lease-namespace",
  "lease-name",
  "lease-duration",
  "lease-renew-deadline",
  "lease-retry-period",
] as const;
/** As in client-go: a retry may come so much later than its period. */
const JITTER = 1.2;

/** Settings that are fine each and make no sense together: one line each that says what to do. */
export function contradictions(options: ControllerOptions, given: InForce): string[] {
  const found: string[] = [];
  const where = (name: SettingName): string => given.get(name)?.where ?? `${name} (the default)`;
  const refuse = (names: readonly SettingName[], text: string): void => {
    // What is wrong by itself has been told, and its default is not what was meant.
    if (!names.some((name) => given.get(name)?.wrong)) found.push(text);
  };
  const { leaseDurationMs, leaseRenewDeadlineMs, leaseRetryPeriodMs, probeBind, metricsBind } = options;
  if (leaseRenewDeadlineMs >= leaseDurationMs) {
    refuse(
      ["lease-duration", "lease-renew-deadline"],
      `${where("lease-renew-deadline")}: must be shorter than ${where("lease-duration")}; lower it, or raise the other`,
    );
  }
  if (leaseRetryPeriodMs * JITTER >= leaseRenewDeadlineMs) {
    refuse(
      ["lease-retry-period", "lease-renew-deadline"],
      `${where("lease-retry-period")}: ${JITTER} times it must be shorter than ${where("lease-renew-deadline")}; lower it, or raise the other`,
    );
  }
  if (given.get("leader-elect")?.value === false) {
    for (const name of OF_THE_LEASE) {
      if (given.has(name))
        refuse([name], `${where(name)}: no Lease is taken with ${where("leader-elect")}; remove one`);
    }
  }
  if (options.dryRun) {
    for (const name of ["leader-elect", "events"] as const) {
      if (given.get(name)?.value === true) {
        refuse([name, "dry-run"], `${where(name)}: ${where("dry-run")} takes no Lease and sends no Events; remove one`);
      }
    }
  }
  const open = metricsBind !== undefined && !isLoopback(metricsBind);
  if (open && options.metricsCertDir === undefined) {
    refuse(
      ["metrics-bind", "metrics-cert-dir"],
      `${where("metrics-bind")}: is not loopback and needs metrics-cert-dir; give it, or bind 127.0.0.1`,
    );
  }
  if (!open && options.metricsCertDir !== undefined) {
    refuse(
      ["metrics-bind", "metrics-cert-dir"],
      `${where("metrics-cert-dir")}: only a metrics-bind that is not loopback uses it; remove it, or change metrics-bind`,
    );
  }
  if (probeBind !== undefined && metricsBind !== undefined && collide(probeBind, metricsBind)) {
    refuse(
      ["probe-bind", "metrics-bind"],
      `${where("probe-bind")}: is the same address as ${where("metrics-bind")}; change the port of one`,
    );
  }
  return found;
}
