import { setTimeout as sleep } from "node:timers/promises";
import type { KubeObject } from "../../src/api/object.ts";
import type { Admin } from "./admin.ts";
import { messageOf } from "./errors.ts";
import type { Ref } from "./kinds.ts";

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;
const DEFAULT_TIMEOUT_MS = 10_000;

export interface UntilOptions {
  /** What is waited for: "web-1 is settled". */
  readonly what: string;
  /** Default 10 s. */
  readonly timeoutMs?: number;
  /** What the timeout error shows of the state of things. */
  readonly state?: () => unknown;
  /** Ends the waiting at once: its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** Waiting took too long; the message says what for and what things looked like at the end. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
  readonly code = "Timeout";
}

/**
 * Asks again and again, with growing pauses up to 250 ms, until the condition answers something true, and returns that.
 * A condition that throws has not come true yet; but a mistake in it (TypeError, ReferenceError) is thrown at once.
 * Throws `TimeoutError`.
 */
export async function until<T>(
  condition: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  options: UntilOptions,
): Promise<T> {
  const { what, timeoutMs = DEFAULT_TIMEOUT_MS, state, signal } = options;
  const deadline = performance.now() + timeoutMs;
  let pause = FIRST_PAUSE_MS;
  for (;;) {
    signal?.throwIfAborted();
    let cause: unknown;
    try {
      const answer = await condition();
      if (answer !== undefined && answer !== null && answer !== false) return answer;
    } catch (error) {
      if (error instanceof TypeError || error instanceof ReferenceError) throw error;
      cause = error;
    }
    if (performance.now() > deadline) {
      const parts = [`waited ${timeoutMs / 1000} s in vain until ${what}`];
      if (cause !== undefined) parts.push(messageOf(cause));
      if (state !== undefined) parts.push(`At the end it was: ${JSON.stringify(state(), null, 2)}`);
      throw new TimeoutError(parts.join("\n"), { cause });
    }
    await sleep(pause, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
    pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS);
  }
}

/** Waits until an object is there and the condition holds for it, and returns it; the timeout error shows it. */
export async function untilObject<T extends KubeObject>(
  admin: Admin,
  ref: Ref,
  options: Omit<UntilOptions, "state"> & { readonly condition: (object: T) => boolean },
): Promise<T> {
  let last: T | undefined;
  const look = async (): Promise<T | false> => {
    last = await admin.find<T>(ref);
    return last !== undefined && options.condition(last) && last;
  };
  return await until(look, { ...options, state: () => (last === undefined ? "absent" : withoutOwners(last)) });
}

/** Deletes an object and waits until it is gone: 5 s for a namespace with objects in it. */
export async function deleteAndWait(admin: Admin, ref: Ref, timeoutMs = 60_000): Promise<void> {
  await admin.delete(ref);
  let last: KubeObject | undefined;
  await until(
    async () => {
      last = await admin.find(ref);
      return last === undefined;
    },
    { what: `${ref.kind} ${ref.name} is gone`, timeoutMs, state: () => last },
  );
}

function withoutOwners(object: KubeObject): unknown {
  return { ...object, metadata: { ...object.metadata, managedFields: undefined } };
}
