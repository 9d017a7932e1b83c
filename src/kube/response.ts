import type { Credentials } from "./credentials.ts";
import { ApiError } from "./errors.ts";
import type { PoolResponse } from "./pools.ts";
import { withoutSecrets } from "./secrets.ts";
import { httpError } from "./status-error.ts";

/** Largest answer that is read, in bytes. A page of 500 objects of 100 KiB is 50 MB. */
const MAX_BODY = 64 * 1024 * 1024;
/** Of an error's body no more is read. */
const MAX_ERROR_BODY = 64 * 1024;

interface RequestLine {
  readonly method: string;
  readonly path: string;
  readonly scope: { readonly signal: AbortSignal };
}

/** Reads a whole body; throws `Protocol` over 64 MiB. */
export async function readBody(response: PoolResponse): Promise<Uint8Array> {
  const { bytes, whole } = await readAtMost(response, MAX_BODY);
  if (!whole) {
    throw new ApiError("Protocol", `an answer of more than ${MAX_BODY} bytes`);
  }
  return bytes;
}

interface ErrorContext {
  /** What was sent: of it the error says nothing, although some servers and proxies repeat it. */
  readonly credentials: Credentials;
  /** Wall clock. */
  readonly now: number;
}

/** The error that an answer other than 2xx stands for. */
export async function readError(
  response: PoolResponse,
  request: RequestLine,
  { credentials, now }: ErrorContext,
): Promise<ApiError> {
  const { bytes } = await readAtMost(response, MAX_ERROR_BODY);
  const retryAfter = response.headers["retry-after"];
  return httpError(describe(request), {
    httpStatus: response.status,
    body: withoutSecrets(new TextDecoder().decode(bytes), credentials),
    retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
    now,
  });
}

/** Turns whatever sending or reading threw into an `ApiError`; one that is that already stays as it is. */
export function connectionError(cause: unknown, request: RequestLine): ApiError {
  if (cause instanceof ApiError) {
    return cause;
  }
  const { signal } = request.scope;
  if (signal.aborted && signal.reason instanceof ApiError) {
    return signal.reason;
  }
  const message = `${describe(request)}: ${messageOf(cause)}`;
  const isTimeout = cause instanceof Error && "code" in cause && cause.code === "UND_ERR_HEADERS_TIMEOUT";
  // undici hangs the bytes that are no HTTP on its error, and they may repeat the request.
  const kept = cause instanceof Error && "data" in cause ? undefined : cause;
  return new ApiError(isTimeout ? "Timeout" : "Network", message, { cause: kept });
}

/** By events: an async iterator costs a tenth of all that a small answer costs. */
function readAtMost({ body }: PoolResponse, limit: number): Promise<{ bytes: Uint8Array; whole: boolean }> {
  return new Promise((resolve, reject) => {
    const parts: Uint8Array[] = [];
    let length = 0;
    body.on("data", (part: Uint8Array) => {
      parts.push(part);
      length += part.length;
      if (length <= limit) return;
      resolve({ bytes: Buffer.concat(parts).subarray(0, limit), whole: false });
      // Its connection goes with it.
      body.destroy();
    });
    body.on("end", () =>
      resolve({ bytes: parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts), whole: true }),
    );
    body.on("error", reject);
    body.on("close", () => reject(new Error("the answer ended early")));
  });
}

/** Happy Eyeballs throws an AggregateError without a message of its own. */
function messageOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) {
    return messageOf(cause.errors[0]);
  }
  return cause instanceof Error ? cause.message : String(cause);
}

function describe({ method, path }: RequestLine): string {
  return `${method} ${path.split("?")[0]}`;
}
