/** One query of a panel. `$of` stands for the matchers that select the controllers which the dashboard shows. */
interface Query {
  readonly expr: string;
  /** `{{label}}` is the value of a label. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  /** What it shows and when to worry, for who hovers over it. */
  readonly description: string;
  /** Grafana's name of the unit. */
  readonly unit: string;
  /** `stat`: the number now. */
  readonly type?: "stat";
  readonly queries: readonly Query[];
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const RATE = "$__rate_interval";

function per(expr: string, legend: string): Query {
  return { expr, legend };
}

/** Two quantiles of a histogram, by one of its labels. */
function quantiles(histogram: string, label: string): Query[] {
  return ["0.5", "0.99"].map((quantile) =>
    per(
      `histogram_quantile(${quantile}, sum by (le, ${label}) (rate(${histogram}_bucket{$of}[${RATE}])))`,
      `{{${label}}} p${Number(quantile) * 100}`,
    ),
  );
}

/** Only the leader counts VMs, the others say 0: so the maximum is the number. */
export const ROWS: readonly Row[] = [
  {
    title: "At a glance",
    panels: [
      {
        title: "Leaders",
        description: "1 is right. Each controller says whether it leads.",
        unit: "none",
        type: "stat",
        queries: [per("sum(leader_election_master_status{$of})", "leaders")],
      },
      {
        title: "VMs",
        description: "ProtectedVMs that were decided on.",
        unit: "none",
        type: "stat",
        queries: [per("sum(max by (mode, coverage) (tandem_vms{$of}))", "VMs")],
      },
      {
        title: "VMs wholly protected",
        description: "Of all VMs those of which every wanted feature is active.",
        unit: "percentunit",
        type: "stat",
        queries: [
          per(
            'sum(max by (mode) (tandem_vms{$of, coverage="full"})) / sum(max by (mode, coverage) (tandem_vms{$of}))',
            "protected",
          ),
        ],
      },
      {
        title: "Without a current status",
        description: "Objects whose status the API server refuses for good, or whose rules fail. 0 is right.",
        unit: "none",
        type: "stat",
        queries: [per("max(tandem_unsettled_objects{$of})", "objects")],
      },
    ],
  },
  {
    title: "Protection",
    panels: [
      {
        title: "VMs by mode",
        description: "Combined: appliance and agent are both available.",
        unit: "none",
        queries: [per("sum by (mode) (max by (mode, coverage) (tandem_vms{$of}))", "{{mode}}")],
      },
      {
        title: "VMs by coverage",
        description: "How much of what a VM wants is active: all of it, some, nothing.",
        unit: "none",
        queries: [per("sum by (coverage) (max by (mode, coverage) (tandem_vms{$of}))", "{{coverage}}")],
      },
      {
        title: "Unprotected features",
        description: "VMs of which nobody protects a feature that they want.",
        unit: "none",
        queries: [per("max by (feature) (tandem_features_unprotected{$of})", "{{feature}}")],
      },
      {
        title: "Pending installs",
        description: "VMs that wait for a module which their agent is to protect them with.",
        unit: "none",
        queries: [per("max by (module) (tandem_modules_pending{$of})", "{{module}}")],
      },
    ],
  },
  {
    title: "Decisions",
    panels: [
      {
        title: "Looks at objects",
        description: "Reconciles a second, by how they ended.",
        unit: "ops",
        queries: [per(`sum by (result) (rate(controller_runtime_reconcile_total{$of}[${RATE}]))`, "{{result}}")],
      },
      {
        title: "Time of a look",
        description: "Its status write included.",
        unit: "s",
        queries: quantiles("controller_runtime_reconcile_time_seconds", "controller"),
      },
      {
        title: "Queue",
        description: "Keys that are ready. It must go down again: mass changes fill it.",
        unit: "none",
        queries: [
          per("sum by (name) (workqueue_depth{$of})", "{{name}} waiting"),
          per("sum by (controller) (controller_runtime_active_workers{$of})", "{{controller}} at work"),
        ],
      },
      {
        title: "Waiting in the queue",
        description: "How long a key waits until it is taken.",
        unit: "s",
        queries: quantiles("workqueue_queue_duration_seconds", "name"),
      },
      {
        title: "Retries",
        description: "Keys to be tried again, a second.",
        unit: "ops",
        queries: [per(`sum by (name) (rate(workqueue_retries_total{$of}[${RATE}]))`, "{{name}}")],
      },
    ],
  },
  {
    title: "Writes",
    panels: [
      {
        title: "Status writes",
        description: "A second. conflict is no failure: the object has changed meanwhile and is looked at again.",
        unit: "ops",
        queries: [per(`sum by (result) (rate(tandem_status_writes_total{$of}[${RATE}]))`, "{{result}}")],
      },
      {
        title: "Events",
        description: "A second, by whether they were sent.",
        unit: "ops",
        queries: [per(`sum by (result) (rate(tandem_events_total{$of}[${RATE}]))`, "{{result}}")],
      },
      {
        title: "Requests to the API server",
        description: "A second. The code is that of HTTP, or why there was no answer.",
        unit: "reqps",
        queries: [per(`sum by (method, code) (rate(rest_client_requests_total{$of}[${RATE}]))`, "{{method}} {{code}}")],
      },
      {
        title: "Time of a request",
        description: "Until the head of the answer.",
        unit: "s",
        queries: quantiles("rest_client_request_duration_seconds", "verb"),
      },
    ],
  },
  {
    title: "Watches and leader",
    panels: [
      {
        title: "Age of what is known",
        description: "Time since a kind was heard of: an event, a bookmark, a stream, a list. Over 60 s it is stale.",
        unit: "s",
        queries: [per("max by (kind) (tandem_watch_age_seconds{$of})", "{{kind}}")],
      },
      {
        title: "Lists and watches that failed",
        description: "A second. A restart of the API server ends them all once.",
        unit: "ops",
        queries: [per(`sum by (kind, during) (rate(tandem_watch_errors_total{$of}[${RATE}]))`, "{{kind}} {{during}}")],
      },
      {
        title: "Complete lists",
        description: "0: a controller has no complete list of the kind, and writes nothing.",
        unit: "none",
        queries: [per("min by (kind) (tandem_synced{$of})", "{{kind}}")],
      },
      {
        title: "Objects",
        description: "In the store, by kind.",
        unit: "none",
        queries: [per("max by (kind) (tandem_objects{$of})", "{{kind}}")],
      },
      {
        title: "Leader",
        description: "1 where a controller leads.",
        unit: "none",
        queries: [per("leader_election_master_status{$of}", "{{instance}}")],
      },
    ],
  },
  {
    title: "Process",
    panels: [
      {
        title: "Memory",
        description: "Resident, and the limit of the container (of the machine, if it has none).",
        unit: "bytes",
        queries: [
          per("process_resident_memory_bytes{$of}", "{{instance}}"),
          per("min(tandem_memory_limit_bytes{$of})", "limit"),
        ],
      },
      {
        title: "JavaScript heap",
        description: "Used, and how far it may grow.",
        unit: "bytes",
        queries: [
          per("nodejs_heap_size_used_bytes{$of}", "{{instance}}"),
          per("min(tandem_heap_limit_bytes{$of})", "limit"),
        ],
      },
      {
        title: "CPU",
        description: "Cores. Decisions use one.",
        unit: "none",
        queries: [per(`rate(process_cpu_seconds_total{$of}[${RATE}])`, "{{instance}}")],
      },
      {
        title: "Event loop lag",
        description: "How late the process does what it has to do, 99 of 100 times.",
        unit: "s",
        queries: [per("nodejs_eventloop_lag_p99_seconds{$of}", "{{instance}}")],
      },
      {
        title: "Up for",
        description: "Since the start of the process.",
        unit: "s",
        queries: [
          per(
            "(time() - process_start_time_seconds{$of}) * on (instance) group_left (version) tandem_build_info{$of}",
            "{{instance}} {{version}}",
          ),
        ],
      },
    ],
  },
];
