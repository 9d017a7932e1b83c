import type { EditLatency } from "./latency.ts";
import type { MassChange } from "./mass.ts";

/** All that one run has measured. Times in milliseconds, memory in bytes. */
export interface Results {
  readonly vms: number;
  /** `v1.37.2`. */
  readonly kubernetes: string;
  /** The controller's first start: from the launch of its process. */
  readonly first: { readonly listedMs: number; readonly settledMs: number; readonly vmWrites: number };
  readonly edits: EditLatency;
  readonly bareWrites: readonly number[];
  readonly memory: { readonly empty: number; readonly full: number; readonly busy: number };
  /** One a round: the first mass change after a start of the controller, the next one, and the bare loop's. */
  readonly cold: readonly MassChange[];
  readonly warm: readonly MassChange[];
  readonly bare: readonly MassChange[];
  /** VM statuses written after restarts at which every VM was as it should be. */
  readonly needlessWrites: number;
}
