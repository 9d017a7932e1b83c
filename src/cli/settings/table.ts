/**
 * Every setting of `tandem controller`, once: flags, environment, file, help and the table in the README come from here.
 * Only data, and nothing imported: help must not load what a command does.
 */

/** What a setting may be. Durations are written as in Go; their bounds too. */
export type ValueType =
  | { readonly type: "text"; readonly placeholder: string }
  | { readonly type: "label" }
  | { readonly type: "version" }
  | { readonly type: "choice"; readonly choices: readonly string[] }
  | { readonly type: "integer"; readonly min: number; readonly max: number }
  | { readonly type: "duration"; readonly min: string; readonly max: string; readonly whole?: "seconds" }
  /** `off`: what `--no-…` means, where true is the default. */
  | { readonly type: "boolean"; readonly off?: string }
  | { readonly type: "address" };

export interface Setting {
  /** Kebab-case: the flag without its dashes, and the key in the file. */
  readonly name: string;
  readonly group: "Cluster" | "What it does" | "Leader election" | "Health and metrics" | "Log" | "Settings";
  readonly value: ValueType;
  /** As one would write it. A boolean has one always. */
  readonly default?: string;
  /** What holds where there is no default; for people. */
  readonly otherwise?: string;
  readonly meaning: string;
}

export const SETTINGS = [
  {
    name: "kubeconfig",
    group: "Cluster",
    value: { type: "text", placeholder: "file" },
    otherwise: "in a cluster its own account, else KUBECONFIG, else ~/.kube/config",
    meaning: "kubeconfig to use",
  },
  {
    name: "context",
    group: "Cluster",
    value: { type: "text", placeholder: "name" },
    otherwise: "the kubeconfig's current one",
    meaning: "context of the kubeconfig",
  },
  {
    name: "service-account-dir",
    group: "Cluster",
    value: { type: "text", placeholder: "folder" },
    default: "/var/run/secrets/kubernetes.io/serviceaccount",
    meaning: "where token and ca.crt of the Pod's account are mounted",
  },
  {
    name: "manager-version",
    group: "What it does",
    value: { type: "version" },
    default: "20.0",
    meaning: "version of the manager, at least 9.6; below 10.0 affinities cannot be set",
  },
  {
    name: "concurrency",
    group: "What it does",
    // A server on two cores takes 6 % more with 32 than with 8, and everybody's watches are 0.2 to 1 s late then.
    value: { type: "integer", min: 1, max: 64 },
    default: "8",
    meaning: "VM statuses written at a time, and up to four of changes that somebody waits for besides",
  },
  {
    name: "relist-interval",
    group: "What it does",
    value: { type: "duration", min: "1s", max: "24h" },
    default: "10m",
    meaning: "list every kind anew this often, which heals what no watch can see",
  },
  {
    name: "watch-silence",
    group: "What it does",
    // A quarter more at random, and still less than the minute after which a watch counts as dead.
    value: { type: "duration", min: "1s", max: "45s" },
    default: "40s",
    meaning: "renew a watch that has said nothing for so long",
  },
  {
    name: "events",
    group: "What it does",
    value: { type: "boolean", off: "send no Kubernetes Events" },
    default: "true",
    meaning: "send Kubernetes Events when protection moves or is lost",
  },
  {
    name: "once",
    group: "What it does",
    value: { type: "boolean" },
    default: "false",
    meaning: "settle, then exit",
  },
  {
    name: "dry-run",
    group: "What it does",
    value: { type: "boolean" },
    default: "false",
    meaning: "log what would be written; write nothing, take no Lease, send no Events",
  },
  {
    name: "leader-elect",
    group: "Leader election",
    value: { type: "boolean", off: "write without a Lease: for a controller that is alone" },
    default: "true",
    meaning: "take a Lease before writing, so that of several controllers one writes",
  },
  {
    name: "lease-namespace",
    group: "Leader election",
    value: { type: "label" },
    otherwise: "in a cluster the Pod's, else tandem-system",
    meaning: "namespace of the Lease",
  },
  {
    name: "lease-name",
    group: "Leader election",
    value: { type: "label" },
    default: "tandem-controller",
    meaning: "name of the Lease",
  },
  {
    name: "lease-duration",
    group: "Leader election",
    // The Lease has it as an integer.
    value: { type: "duration", min: "1s", max: "1h", whole: "seconds" },
    default: "15s",
    meaning: "a standby takes over after so long without a renewal",
  },
  {
    name: "lease-renew-deadline",
    group: "Leader election",
    value: { type: "duration", min: "100ms", max: "1h" },
    default: "10s",
    meaning: "a leader that could not renew for so long stops writing and exits",
  },
  {
    name: "lease-retry-period",
    group: "Leader election",
    value: { type: "duration", min: "10ms", max: "1h" },
    default: "2s",
    meaning: "time between two tries to take or renew the Lease",
  },
  {
    name: "probe-bind",
    group: "Health and metrics",
    value: { type: "address" },
    default: "off",
    meaning: "serve /livez and /readyz there",
  },
  {
    name: "metrics-bind",
    group: "Health and metrics",
    value: { type: "address" },
    default: "off",
    meaning: "serve /metrics there; on loopback open to the machine, elsewhere over TLS and to the authorized",
  },
  {
    name: "metrics-cert-dir",
    group: "Health and metrics",
    value: { type: "text", placeholder: "directory" },
    otherwise: "none",
    meaning: "tls.crt and tls.key for /metrics",
  },
  {
    name: "log-level",
    group: "Log",
    value: { type: "choice", choices: ["debug", "info", "warn", "error"] },
    default: "info",
    meaning: "least level to log, on standard error",
  },
  {
    name: "log-format",
    group: "Log",
    value: { type: "choice", choices: ["json", "pretty"] },
    otherwise: "pretty on a terminal, else json",
    meaning: "format of the log",
  },
  {
    name: "config",
    group: "Settings",
    value: { type: "text", placeholder: "file" },
    otherwise: "none",
    meaning: "YAML or JSON file of settings; its keys are the flags without --",
  },
] as const satisfies readonly Setting[];

type Row = (typeof SETTINGS)[number];
export type SettingName = Row["name"];

/** Where to listen. */
export interface Address {
  /** An IP address or `localhost`; absent: every interface. */
  readonly host?: string;
  /** 0: one that is free. */
  readonly port: number;
}

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;
type Key<R extends Row> = R["value"]["type"] extends "duration" ? `${Camel<R["name"]>}Ms` : Camel<R["name"]>;
type ValueOf<V extends ValueType> = V extends { readonly choices: readonly (infer Choice)[] }
  ? Choice
  : V extends { readonly type: "integer" | "duration" }
    ? number
    : V extends { readonly type: "boolean" }
      ? boolean
      : V extends { readonly type: "address" }
        ? Address
        : string;
type Optional<R extends Row> = R extends { readonly default: string }
  ? R["value"]["type"] extends "address"
    ? true
    : false
  : true;

/** The rows that `settle` hands on, with or without a value when nobody gave one. */
type Rows<Absent extends boolean> = Row extends infer R
  ? R extends Row
    ? R["name"] extends "config"
      ? never
      : Optional<R> extends Absent
        ? R
        : never
    : never
  : never;

/**
 * The settings in force. Names in camel case, durations in milliseconds with `Ms` behind their name; an address that is
 * `off` is absent. `dryRun` has switched `leaderElect` and `events` off.
 */
export type ControllerOptions = { readonly [R in Rows<false> as Key<R>]: ValueOf<R["value"]> } & {
  readonly [R in Rows<true> as Key<R>]?: ValueOf<R["value"]>;
};

/** `TANDEM_LEASE_NAME` for `lease-name`. */
export function variableOf(name: string): string {
  return `TANDEM_${name.toUpperCase().replaceAll("-", "_")}`;
}

/** What to write behind a flag, and what is allowed there beyond what the placeholder says. */
export function syntaxOf(value: ValueType): { readonly placeholder: string; readonly allowed: string } {
  switch (value.type) {
    case "text":
      return { placeholder: value.placeholder, allowed: "" };
    case "label":
      return { placeholder: "name", allowed: "" };
    case "version":
      return { placeholder: "version", allowed: "" };
    case "choice":
      return { placeholder: value.choices.join("|"), allowed: "" };
    case "integer":
      return { placeholder: "n", allowed: `${value.min} to ${value.max}` };
    case "duration":
      return { placeholder: "duration", allowed: `${value.min} to ${value.max}` };
    case "boolean":
      return { placeholder: "", allowed: "" };
    case "address":
      return { placeholder: "address", allowed: "" };
  }
}
