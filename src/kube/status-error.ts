import { ApiError, type ApiErrorCode } from "./errors.ts";
import { isRecord } from "./json.ts";

/** Bounds of what a Retry-After may make us wait, in milliseconds. */
const MIN_RETRY_AFTER = 1_000;
export const MAX_RETRY_AFTER = 60_000;

/** Characters of a reason that are kept: it is one CamelCase word. */
const MAX_REASON = 128;

interface ErrorAnswer {
  readonly httpStatus: number;
  readonly body: string;
  readonly retryAfter: string | undefined;
  /** Wall clock, for a Retry-After that is a date. */
  readonly now: number;
}

/** The error for an HTTP answer that is not 2xx; `request` ("GET /path") begins its message. */
export function httpError(request: string, answer: ErrorAnswer): ApiError {
  // A 429 asks for a wait, whether it says how long or not.
  const retryAfter = answer.retryAfter ?? (answer.httpStatus === 429 ? "1" : undefined);
  const retryAfterMs = parseRetryAfter(retryAfter, answer.now);
  const status = parseStatus(answer.body);
  if (status !== undefined) {
    return fromStatus("Status", request, { ...status, code: answer.httpStatus }, retryAfterMs);
  }
  return new ApiError("Status", `${request}: ${answer.httpStatus} ${answer.body}`, {
    httpStatus: answer.httpStatus,
    retryAfterMs,
  });
}

/** The error that the ERROR event of a watch stands for. `object` is its Status. */
export function errorEvent(request: string, object: unknown): ApiError {
  if (!isRecord(object) || object.kind !== "Status") {
    return new ApiError("Protocol", `${request}: an ERROR event without a Status`);
  }
  return fromStatus("ErrorEvent", request, object, undefined);
}

/**
 * What a Retry-After header means in milliseconds, within 1 s and 60 s: seconds, an HTTP date, or rubbish, which counts
 * as "later" (1 s). Undefined if there is no header.
 */
function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) {
    return undefined;
  }
  const text = header.trim();
  const ms = /^[0-9]+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? MIN_RETRY_AFTER : Math.min(MAX_RETRY_AFTER, Math.max(MIN_RETRY_AFTER, ms));
}

function parseStatus(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isRecord(value) && value.kind === "Status" ? value : undefined;
  } catch {
    return undefined;
  }
}

function fromStatus(
  code: ApiErrorCode,
  request: string,
  status: Record<string, unknown>,
  retryAfterMs: number | undefined,
): ApiError {
  const reason = reasonOf(status);
  const httpStatus = typeof status.code === "number" ? status.code : undefined;
  const words = [httpStatus, reason].filter((word) => word !== undefined && word !== "").join(" ");
  const message = typeof status.message === "string" ? status.message : "";
  return new ApiError(code, `${request}: ${words}: ${message}`, {
    httpStatus,
    reason,
    causes: causesOf(status.details),
    retryAfterMs,
  });
}

function causesOf(details: unknown): string[] {
  const causes = isRecord(details) ? details.causes : undefined;
  return Array.isArray(causes)
    ? causes.slice(0, 10).map((cause: unknown) => (isRecord(cause) && reasonOf(cause)) || "")
    : [];
}

function reasonOf({ reason }: Record<string, unknown>): string | undefined {
  return typeof reason === "string" ? reason.slice(0, MAX_REASON) : undefined;
}
