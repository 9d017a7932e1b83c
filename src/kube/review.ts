import type { Transport } from "./transport.ts";

export type Verdict = "allowed" | "forbidden" | "unauthenticated";

/** Milliseconds for each of the two questions. */
const TIMEOUT = 5_000;

interface TokenReview {
  readonly status?: {
    readonly authenticated?: boolean;
    readonly user?: {
      readonly username?: string;
      readonly uid?: string;
      readonly groups?: string[];
      readonly extra?: object;
    };
  };
}

interface AccessReview {
  readonly status?: { readonly allowed?: boolean };
}

/**
 * Asks the API server whose token this is (TokenReview), and whether he may get a path that is no resource
 * (SubjectAccessReview). Throws an ApiError, in which the token does not appear.
 */
export async function reviewToken(
  transport: Transport,
  { token, path }: { token: string; path: string },
): Promise<Verdict> {
  const review = (await transport.requestJson({
    method: "POST",
    path: "/apis/authentication.k8s.io/v1/tokenreviews",
    body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } },
    timeoutMs: TIMEOUT,
  })) as TokenReview;
  const { authenticated, user } = review.status ?? {};
  if (authenticated !== true || user?.username === undefined) return "unauthenticated";
  const { username, uid, groups, extra } = user;
  const access = (await transport.requestJson({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: { user: username, uid, groups, extra, nonResourceAttributes: { path, verb: "get" } },
    },
    timeoutMs: TIMEOUT,
  })) as AccessReview;
  return access.status?.allowed === true ? "allowed" : "forbidden";
}
