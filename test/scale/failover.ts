import type { Random } from "../fault/random.ts";

/** Seconds, as the program's defaults are; a candidate or a leader tries again after 0.5 to 0.9 of the retry period. */
const LEASE = 15;
const RETRY = 2;

/**
 * Seconds from the crash of a leader until a standby holds the lease. The standby takes it when it has seen it unchanged for
 * 15 s by its own clock: it does not know when it was renewed, only when it looked.
 */
export function takeOver(random: Random): number {
  const pause = (): number => RETRY * (0.5 + 0.4 * random());
  // The last renewal is at 0, and the crash before the next one.
  const crash = pause() * random();
  // The standby looks at a moment that has nothing to do with the leader's, and then again and again.
  let look = pause() * random();
  const seen = look;
  while (look - seen <= LEASE) look += pause();
  return look - crash;
}
