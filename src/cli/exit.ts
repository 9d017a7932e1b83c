/** Exit codes, the same for every command and every `-o`. */
export const OK = 0;
/** Findings, or something that is not as it should be. */
export const CHANGES = 1;
/** Wrong usage, bad input, or a failure. */
export const FAILED = 2;

/** What the user asked for makes no sense; `message` says what would. `code` is stable. */
export class UsageError extends Error {
  readonly code = "USAGE";
}
