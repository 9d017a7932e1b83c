import { UsageError } from "../exit.ts";
import type { Io } from "../io.ts";
import type { Estate } from "./estate.ts";

export interface SidesOptions {
  /** A SOURCE: a path, `-`, `git:REV`, `cluster`, `cluster:CONTEXT`. */
  readonly from?: string;
  readonly to?: string;
  /** Short for `--from git:REV`. */
  readonly fromGit?: string;
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  readonly namespace: string;
  readonly context?: string;
  readonly kubeconfig?: string;
  /** SOURCEs of objects that are on both sides. */
  readonly with?: readonly string[];
  /** B is laid over A, as `kubectl apply` would. */
  readonly apply?: boolean;
}

/** The two estates that `plan` and `diff` compare: what B replaces, and B. */
export interface Sides {
  readonly from: Estate;
  readonly to: Estate;
}

export async function readSides(_options: SidesOptions, _io: Io): Promise<Sides> {
  throw new UsageError("not there yet");
}
