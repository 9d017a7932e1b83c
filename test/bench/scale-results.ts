import type { EstateSize } from "./estate-objects.ts";
import type { Lag } from "./scale-controller.ts";

/** One start of the controller until it has nothing left to do. Milliseconds, bytes. */
export interface Start {
  readonly ms: number;
  readonly cpuMs: number;
  readonly lag: Lag;
  readonly resident: number;
  readonly peak: number;
  /** Status writes, which there must be none of. */
  readonly writes: number;
}

/** The baseline of a start. */
export interface Reading {
  readonly ms: number;
  readonly cpuMs: number;
  readonly bytes: number;
  readonly objects: number;
}

/** Nobody edits anything. */
export interface Idle {
  readonly ms: number;
  readonly cpuMs: number;
  readonly writes: number;
  /** Requests by method. */
  readonly requests: Readonly<Record<string, number>>;
}

/** Some VMs edited, one at a time. */
export interface Edits {
  readonly edits: number;
  readonly vmWrites: number;
  /** Of the controller for one edit, what it uses when idle taken off. */
  readonly cpuMs: number;
}

/** A policy that selects a part of the VMs changed. */
export interface Mass {
  readonly vms: number;
  readonly ms: number;
  readonly cpuMs: number;
  readonly vmWrites: number;
  readonly resident: number;
  readonly peak: number;
  /** Since the start of the process. */
  readonly lag: Lag;
}

export interface SizeResult extends EstateSize {
  readonly starts: readonly Start[];
  readonly readings: readonly Reading[];
  /** Resident five seconds after a start. */
  readonly rested: number;
  readonly idle: Idle;
  readonly edits: Edits;
  readonly mass: Mass;
  /** CPU milliseconds of deciding every VM and making its status, from nothing. */
  readonly resolveMs: number;
}

/** All that one run has measured. */
export interface ScaleResults {
  /** RFC 3339. */
  readonly date: string;
  readonly quick: boolean;
  /** `v1.37.2`. */
  readonly kubernetes: string;
  /** Resident in a controller that has no VMs, five seconds after its start. */
  readonly empty: number;
  readonly sizes: readonly SizeResult[];
}
