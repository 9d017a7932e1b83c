/** One scrape of the controller: its series by name and labels. */
export class Scrape {
  readonly #series: readonly { readonly name: string; readonly labels: string; readonly value: number }[];

  /** @param text Prometheus' text format */
  constructor(text: string) {
    this.#series = text.split("\n").flatMap((line) => {
      const [, name, labels = "", value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      return name === undefined ? [] : [{ name, labels, value: Number(value) }];
    });
  }

  /** The sum of a metric's series, of those whose labels contain a text: `kind="ProtectedVM"`. */
  sum(metric: string, label = ""): number {
    return this.#series.reduce(
      (sum, { name, labels, value }) => (name === metric && labels.includes(label) ? sum + value : sum),
      0,
    );
  }

  /** A metric by one of its labels. */
  by(metric: string, label: string): Map<string, number> {
    const sums = new Map<string, number>();
    const pattern = new RegExp(`(?:^|,)${label}="([^"]*)"`);
    for (const { name, labels, value } of this.#series) {
      if (name !== metric) continue;
      const key = pattern.exec(labels)?.[1] ?? "";
      sums.set(key, (sums.get(key) ?? 0) + value);
    }
    return sums;
  }

  /** VM statuses written. */
  get vmWrites(): number {
    return this.sum("tandem_status_writes_total", 'kind="protectedvm",result="written"');
  }

  /** Statuses written or tried to. */
  get writes(): number {
    return this.sum("tandem_status_writes_total");
  }

  /** Milliseconds of CPU that the process has used. */
  get cpuMs(): number {
    return this.sum("process_cpu_seconds_total") * 1000;
  }

  /** Whether it leads, has counted so many VMs, and has nothing in its queues. */
  isSettled(vms: number): boolean {
    return (
      this.sum("leader_election_master_status") === 1 &&
      this.sum("tandem_vms") === vms &&
      this.sum("workqueue_depth") === 0 &&
      this.sum("controller_runtime_active_workers") === 0
    );
  }
}
