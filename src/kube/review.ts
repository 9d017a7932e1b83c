import { ApiError } from "./errors.ts";
import { isRecord } from "./json.ts";
import type { Transport } from "./transport.ts";

export type Verdict = "allowed" | "forbidden" | "unauthenticated";

const TOKEN_REVIEWS = "/apis/authentication.k8s.io/v1/tokenreviews";
const ACCESS_REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
/** Milliseconds for each of the two questions. */
const TIMEOUT = 5_000;

/**
 * Asks the API server whose token this is (TokenReview), and whether he may get a path that is no resource
 * (SubjectAccessReview). Anything but a plain yes is a no. Throws an ApiError, in which the token does not appear.
 */
export async function reviewToken(
  transport: Transport,
  { token, path }: { token: string; path: string },
): Promise<Verdict> {
  const user = await userOf(transport, token);
  if (user === undefined) return "unauthenticated";
  const access = await transport.requestJson({
    method: "POST",
    path: ACCESS_REVIEWS,
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: { ...user, nonResourceAttributes: { path, verb: "get" } },
    },
    timeoutMs: TIMEOUT,
  });
  const { allowed, denied } = statusOf(access, ACCESS_REVIEWS);
  return allowed === true && denied !== true ? "allowed" : "forbidden";
}

/** The user as the other review wants him; undefined if the server does not vouch for the token. */
async function userOf(transport: Transport, token: string): Promise<Record<string, unknown> | undefined> {
  let review: unknown;
  try {
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } };
    review = await transport.requestJson({ method: "POST", path: TOKEN_REVIEWS, body, timeoutMs: TIMEOUT });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // The answer repeats the token, and what is wrong with an answer is told by quoting it: nothing of that is kept.
    const { code, httpStatus } = error;
    throw new ApiError(code, `the token could not be reviewed: ${httpStatus ?? code}`, { httpStatus });
  }
  const { authenticated, user } = statusOf(review, TOKEN_REVIEWS);
  if (authenticated !== true || !isRecord(user)) return undefined;
  const { username, uid, groups, extra } = user;
  return typeof username === "string" && username !== "" ? { user: username, uid, groups, extra } : undefined;
}

function statusOf(answer: unknown, path: string): Record<string, unknown> {
  if (!isRecord(answer)) throw new ApiError("Protocol", `the answer to POST ${path} is no object`);
  return isRecord(answer.status) ? answer.status : {};
}
