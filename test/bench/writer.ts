import type { Side } from "./bed.ts";
import type { State } from "./recorded.ts";

/**
 * Who brings statuses up to date: Tandem, or the plain program that does only the unavoidable. Both are measured by the
 * same code, on the same estate, one after the other.
 */
export interface Writer {
  /** Gets ready; resolves when there is nothing to do. */
  begin(): Promise<void>;
  /** Of the process that writes; only after `begin`. */
  readonly pid: number;
  /**
   * Readies a change that concerns all VMs, or those of the one appliance; what it returns sets it off, and resolves with
   * the moment, `performance.now()`, from which somebody could expect the first write.
   */
  change(state: State, scope: Scope): Promise<() => Promise<number>>;
  /** One change of the next of the edited VMs: milliseconds until an observer has seen its status. */
  one(): Promise<number>;
  /** Leaves the edited VMs as all others are. */
  tidy(side: Side): Promise<void>;
  end(): Promise<void>;
}

/** `rest`: all but the edited VMs, where each of these is written by itself meanwhile. */
export type Scope = "all" | "rest" | "appliance";

/** VMs that are edited one by one, in turn. */
export const EDITED = 20;
/** Its VMs change when one appliance does. */
export const APPLIANCE = { kind: "Appliance", name: "dsva-2" };
export const HOST = "esx-2.lab.example";

/** The names of the edited VMs: they have agents, and differ in all else. */
export function editedName(turn: number): string {
  return `vm-${1 + 10 * (turn % EDITED)}`;
}
