import type { CliTimes } from "./cli.ts";
import type { Rate } from "./connections.ts";
import type { Pair } from "./figure.ts";

/** All that one run has measured. Times in milliseconds, memory in bytes. */
export interface Results {
  readonly vms: number;
  /** `v1.37.2`. */
  readonly kubernetes: string;
  readonly cli: { readonly released: CliTimes; readonly checkout: CliTimes };
  /** The first start of the controller, which gives every VM its first status: from the launch of its process. */
  readonly first: { readonly listedMs: number; readonly settledMs: number; readonly vmWrites: number };
  /** Of the controller, without VMs and at the end of its last turn. */
  readonly memory: { readonly empty: number; readonly atEnd: number; readonly peak: number };
  readonly rates: readonly Rate[];
  /** One turn each a round. */
  readonly rounds: readonly Pair[];
  /** VM statuses written at starts at which every VM was as it should be. */
  readonly needlessWrites: number;
}
