/**
 * Why a request or a stream failed:
 * - `Status`: the server answered with an HTTP error; worth a retry or not by its `httpStatus` and the predicates below.
 * - `ErrorEvent`: a watch that had begun carried an ERROR event (410 is the usual one); the stream is over.
 * - `Network`: no connection, or it broke before the answer was whole. Reads may be repeated, writes must be re-checked.
 * - `Timeout`: the deadline of the request passed.
 * - `Silence`: a watch said nothing for too long; it is renewed, this is no fault of the server's.
 * - `Protocol`: the answer is not what the Kubernetes API says it is: list again, never skip.
 * - `Credentials`: none found, or they cannot be read. The message says what to do.
 * - `Aborted`: the caller's signal was aborted or the transport closed.
 */
export type ApiErrorCode =
  | "Status"
  | "ErrorEvent"
  | "Network"
  | "Timeout"
  | "Silence"
  | "Protocol"
  | "Credentials"
  | "Aborted";

interface ApiErrorDetails {
  readonly httpStatus?: number | undefined;
  /** `Status.reason`, such as `NotFound` or `Expired`. */
  readonly reason?: string | undefined;
  /** The reasons in `Status.details.causes`. */
  readonly causes?: readonly string[] | undefined;
  /** 1,000 to 60,000: what the server asked for. Absent if it asked for nothing. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** Longest message that is kept, in characters: some servers and proxies answer with whole pages. */
const MAX_MESSAGE = 1024;

/** Everything that the kube room throws on purpose. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ApiErrorCode;
  readonly httpStatus: number | undefined;
  readonly reason: string | undefined;
  readonly causes: readonly string[];
  readonly retryAfterMs: number | undefined;

  constructor(code: ApiErrorCode, message: string, details: ApiErrorDetails = {}) {
    super(shorten(message), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.httpStatus = details.httpStatus;
    this.reason = details.reason;
    this.causes = details.causes ?? [];
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** 404: the object, or its whole kind (CRD not installed), is not there. */
export function isNotFound(error: unknown): boolean {
  return hasStatus(error, 404);
}

/** 409 because of a resourceVersion or uid that is not the current one: read again, decide again. */
export function isConflict(error: unknown): boolean {
  return hasStatus(error, 409) && error.reason !== "AlreadyExists";
}

/** 409 because there is an object of that name: somebody else was faster. */
export function isAlreadyExists(error: unknown): boolean {
  return hasStatus(error, 409) && error.reason === "AlreadyExists";
}

/** 410: the resourceVersion or continue token is too old; the normal result of an API server's restart. */
export function isExpired(error: unknown): boolean {
  return hasStatus(error, 410);
}

/**
 * 504 "Too large resource version": we have seen a resourceVersion that the server has not reached. If it lasts, the
 * cluster was restored from a backup.
 */
export function isTooLargeResourceVersion(error: unknown): boolean {
  return (
    hasStatus(error, 504) &&
    (error.causes.includes("ResourceVersionTooLarge") || error.message.includes("Too large resource version"))
  );
}

/**
 * Whether the server will refuse the same write for ever: 400, 413, 422, and the 500 with which it answers over about
 * 1.5 MiB ("request is too large").
 */
export function isPermanentRefusal(error: unknown): boolean {
  return (
    hasStatus(error, 400) ||
    hasStatus(error, 413) ||
    hasStatus(error, 422) ||
    (hasStatus(error, 500) && /request is too large/i.test(error.message))
  );
}

/**
 * Whether a failed write may be a verdict on its object alone: 403 and 500 come from admission (a webhook, a policy, a
 * namespace that ends) as well as from a server without rights for us or in trouble.
 */
export function mayConcernObjectOnly(error: unknown): boolean {
  return hasStatus(error, 403) || hasStatus(error, 500);
}

function hasStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.httpStatus === status;
}

/** One line, at most `MAX_MESSAGE` characters; of an HTML page only the text. */
function shorten(message: string): string {
  const head = message.slice(0, 8 * MAX_MESSAGE);
  const text = /<(!doctype|html|head|body)\b/i.test(head) ? head.replace(/<[^<>]*>/g, " ") : head;
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > MAX_MESSAGE ? `${line.slice(0, MAX_MESSAGE - 1)}…` : line;
}
