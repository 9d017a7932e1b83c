/** Values of series, a minute apart, in promtool's words: `1x30` is 1 and thirty times that again, `_` is no value. */
export type Series = Readonly<Record<string, string>>;

/** One state of affairs, and the one alert that is to say so. */
interface Case {
  readonly alert: string;
  readonly when: string;
  /** What is different from the normal case. */
  readonly series: Series;
  /** The last moment at which nothing may be said, and one at which it must be. */
  readonly silent: string;
  readonly fires: string;
  /** Besides the severity. */
  readonly labels: Readonly<Record<string, string>>;
  readonly description: string;
}

const TARGET = { namespace: "tandem-system", job: "tandem" };
const A = { ...TARGET, instance: "10.0.0.1:8443" };
const B = { ...TARGET, instance: "10.0.0.2:8443" };
const GONE = "_x1600";
const MIB = 2 ** 20;

function of(name: string, labels: Readonly<Record<string, string>>): string {
  return `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(", ")}}`;
}

/** A controller that nothing is wrong with, for 1,600 minutes. */
function controller(target: typeof A, leads: boolean): Series {
  const vms = leads ? 100 : 0;
  return {
    [of("up", target)]: "1x1600",
    [of("leader_election_master_status", { ...target, name: "tandem-controller" })]: `${Number(leads)}x1600`,
    [of("tandem_synced", { ...target, kind: "Appliance" })]: "1x1600",
    [of("tandem_synced", { ...target, kind: "ProtectedVM" })]: "1x1600",
    [of("tandem_watch_age_seconds", { ...target, kind: "ProtectedVM" })]: "30x1600",
    [of("tandem_status_writes_total", { ...target, kind: "protectedvm", result: "written" })]: `0+${vms}x1600`,
    [of("tandem_status_writes_total", { ...target, kind: "protectedvm", result: "conflict" })]: `0+${vms}x1600`,
    [of("tandem_status_writes_total", { ...target, kind: "protectedvm", result: "unavailable" })]: "0x1600",
    [of("tandem_unsettled_objects", target)]: "0x1600",
    [of("nodejs_eventloop_lag_p99_seconds", target)]: "0.012x1600",
    [of("process_resident_memory_bytes", target)]: `${200 * MIB}x1600`,
    [of("tandem_memory_limit_bytes", target)]: `${512 * MIB}x1600`,
    [of("nodejs_heap_size_used_bytes", target)]: `${100 * MIB}x1600`,
    [of("tandem_heap_limit_bytes", target)]: `${256 * MIB}x1600`,
    [of("process_start_time_seconds", target)]: "1000x1600",
    [of("tandem_features_unprotected", { ...target, feature: "Firewall" })]: "0x1600",
    [of("tandem_modules_pending", { ...target, module: "Firewall" })]: "0x1600",
  };
}

/** Two replicas; the first one leads. */
export const NORMAL: Series = { ...controller(A, true), ...controller(B, false) };

function without(target: typeof A): Series {
  return Object.fromEntries(Object.keys(controller(target, false)).map((series) => [series, GONE]));
}

const leads = (target: typeof A) => of("leader_election_master_status", { ...target, name: "tandem-controller" });
const unprotected = (target: typeof A) => of("tandem_features_unprotected", { ...target, feature: "Firewall" });
const pending = (target: typeof A) => of("tandem_modules_pending", { ...target, module: "Firewall" });
const unavailable = of("tandem_status_writes_total", { ...A, kind: "protectedvm", result: "unavailable" });

export const FIRING: readonly Case[] = [
  {
    alert: "TandemDown",
    when: "Prometheus knows of no controller",
    series: { ...without(A), ...without(B) },
    silent: "4m",
    fires: "6m",
    labels: { job: "tandem" },
    description:
      "Prometheus knows of no controller that answers. If none runs, no change of protection is decided; what is in force stays.",
  },
  {
    alert: "TandemDown",
    when: "both controllers stop answering",
    series: { ...without(A), ...without(B), [of("up", A)]: "1x9 0x60", [of("up", B)]: "1x9 0x60" },
    silent: "14m",
    // Late enough for TandemReplicaDown, which has nothing to say here.
    fires: "26m",
    labels: TARGET,
    description:
      "Prometheus knows of no controller that answers. If none runs, no change of protection is decided; what is in force stays.",
  },
  {
    alert: "TandemReplicaDown",
    when: "the standby stops answering",
    series: { ...without(B), [of("up", B)]: "0x60" },
    silent: "14m",
    fires: "16m",
    labels: B,
    description: "10.0.0.2:8443 does not answer Prometheus, another one does. There may be nobody to take over.",
  },
  {
    alert: "TandemNoLeader",
    when: "nobody takes the Lease",
    series: { [leads(A)]: "1x9 0x60" },
    silent: "11m",
    fires: "13m",
    labels: TARGET,
    description: "Controllers run in tandem-system and none of them holds the Lease, so no status is written.",
  },
  {
    alert: "TandemTwoLeaders",
    when: "both lead",
    series: { [leads(B)]: "0x9 1x60" },
    silent: "11m",
    fires: "13m",
    labels: TARGET,
    description: "2 controllers in tandem-system write statuses at the same time.",
  },
  {
    alert: "TandemNotSynced",
    when: "one of them cannot list a kind",
    series: { [of("tandem_synced", { ...A, kind: "Appliance" })]: "1x9 0x60" },
    silent: "14m",
    fires: "16m",
    labels: { ...TARGET, kind: "Appliance" },
    description: "A controller in tandem-system has no complete list of Appliance, so it writes no status at all.",
  },
  {
    alert: "TandemWatchStale",
    when: "a stream says nothing more",
    series: { [of("tandem_watch_age_seconds", { ...A, kind: "ProtectedVM" })]: "30x9 0+60x60" },
    silent: "16m",
    fires: "18m",
    labels: { ...TARGET, kind: "ProtectedVM" },
    description:
      "A controller in tandem-system has heard nothing of ProtectedVM for 8m 0s, so it may decide on what is out of date.",
  },
  {
    alert: "TandemWriteErrors",
    when: "a third of the writes that should change something fail",
    series: { [unavailable]: "0x9 0+100x60" },
    silent: "19m",
    fires: "40m",
    labels: { ...TARGET, kind: "protectedvm" },
    description: "33.33% of the status writes for protectedvm in tandem-system fail, and are tried again.",
  },
  {
    alert: "TandemStatusRefused",
    when: "the API server refuses the status of two objects",
    series: { [of("tandem_unsettled_objects", A)]: "0x9 2x60" },
    silent: "24m",
    fires: "26m",
    labels: TARGET,
    description: "For 2 objects the API server refuses the status for good, or the rules fail.",
  },
  {
    alert: "TandemEventLoopLag",
    when: "the leader is too busy",
    series: { [of("nodejs_eventloop_lag_p99_seconds", A)]: "0.8x60" },
    silent: "9m",
    fires: "11m",
    labels: A,
    description:
      "Whatever 10.0.0.1:8443 has to do waits for 800ms in one case of a hundred. A leader that waits for 10 s loses its Lease.",
  },
  {
    alert: "TandemMemoryNearLimit",
    when: "the process nears the limit of its container",
    series: { [of("process_resident_memory_bytes", A)]: `${480 * MIB}x60` },
    silent: "14m",
    fires: "16m",
    labels: A,
    description: "10.0.0.1:8443 uses 93.75% of its memory or of its heap.",
  },
  {
    alert: "TandemMemoryNearLimit",
    when: "the heap nears its own limit",
    series: { [of("nodejs_heap_size_used_bytes", A)]: `${248 * MIB}x60` },
    silent: "14m",
    fires: "16m",
    labels: A,
    description: "10.0.0.1:8443 uses 96.88% of its memory or of its heap.",
  },
  {
    alert: "TandemRestarting",
    when: "it starts anew every ten minutes",
    series: { [of("process_start_time_seconds", A)]: "0x9 600x9 1200x9 1800x60" },
    silent: "29m",
    fires: "31m",
    labels: A,
    description: "10.0.0.1:8443 has started anew 3 times within an hour.",
  },
  {
    alert: "TandemFeaturesUnprotected",
    when: "three VMs want what nobody protects",
    series: { [unprotected(A)]: "3x300" },
    silent: "239m",
    fires: "241m",
    labels: { ...TARGET, feature: "Firewall" },
    description: "Firewall of 3 VMs: for four hours there was always a VM of which nobody protects it.",
  },
  {
    alert: "TandemFeaturesUnprotected",
    when: "the same, and the leader changes meanwhile",
    series: {
      [unprotected(A)]: "3x99 _x300",
      [unprotected(B)]: "0x109 3x300",
      [leads(A)]: "1x99 0x300",
      [leads(B)]: "0x100 1x300",
    },
    silent: "239m",
    fires: "241m",
    labels: { ...TARGET, feature: "Firewall" },
    description: "Firewall of 3 VMs: for four hours there was always a VM of which nobody protects it.",
  },
  {
    alert: "TandemInstallsPending",
    when: "two VMs wait for a module for a day",
    series: { [pending(A)]: "2x1600" },
    silent: "1439m",
    fires: "1441m",
    labels: { ...TARGET, module: "Firewall" },
    description:
      "Firewall on 2 VMs: for a day there was always a VM that waits for this module, and is not protected by it until then.",
  },
];

/** What happens on good days: nothing may ever be said. */
export const QUIET: readonly { readonly when: string; readonly series: Series; readonly until: number }[] = [
  { when: "a day and more in which all is well", series: {}, until: 1_560 },
  {
    when: "the leader crashes, its container starts again, and the standby takes over a scrape later",
    series: {
      [leads(A)]: "1x9 0x90",
      [leads(B)]: "0x10 1x90",
      [of("up", A)]: "1x9 0 1x90",
      [of("process_start_time_seconds", A)]: "0x9 _ 600x90",
    },
    until: 90,
  },
  {
    when: "for a scrape the old leader's word still stands beside the new one's",
    series: { [leads(A)]: "1x10 0x90", [leads(B)]: "0x9 1x90" },
    until: 90,
  },
  {
    when: "the API server restarts: for three minutes lists and writes fail",
    series: {
      [of("tandem_synced", { ...A, kind: "ProtectedVM" })]: "1x9 0x2 1x90",
      [of("tandem_watch_age_seconds", { ...A, kind: "ProtectedVM" })]: "30x9 60 120 180 1x90",
      [unavailable]: "0x9 20 40 60x90",
    },
    until: 90,
  },
  {
    when: "an appliance is switched off for an hour, and half a day of installs follows",
    series: { [unprotected(A)]: "0x9 500x60 0x900", [pending(A)]: "0x9 300x720 0x170" },
    until: 900,
  },
  {
    when: "a garbage collection comes late",
    series: { [of("nodejs_heap_size_used_bytes", A)]: `${250 * MIB}x9 1x90` },
    until: 90,
  },
];
