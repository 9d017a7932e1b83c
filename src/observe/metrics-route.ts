import { hash } from "node:crypto";
import type { Metrics } from "./metrics.ts";
import type { Answer, Routes } from "./server.ts";

/** Whether a bearer may read the metrics. It may throw: nothing is given out then. */
export type Authorize = (token: string) => Promise<"allowed" | "forbidden" | "unauthenticated">;

/** Milliseconds for which an answer is remembered, and how many are: more are asked for again. */
const REMEMBER = 10_000;
const REMEMBERED = 64;

/** `/metrics`, for everybody who can connect, or for whom `authorize` allows it. */
export function metricsRoute(metrics: Metrics, authorize?: Authorize): Routes {
  const asked = authorize && remembering(authorize);
  return {
    "/metrics": async ({ authorization }): Promise<Answer> => {
      const verdict = asked === undefined ? "allowed" : await asked(/^Bearer +(\S+)$/i.exec(authorization)?.[1]);
      switch (verdict) {
        case "allowed":
          return { status: 200, contentType: metrics.contentType, body: await metrics.text() };
        case "unauthenticated":
          return { status: 401, body: "a bearer token of this cluster is needed\n" };
        case "forbidden":
          return {
            status: 403,
            body: "this account may not get /metrics: it needs a ClusterRole with nonResourceURLs\n",
          };
      }
    },
  };
}

/** Asks once for each token in ten seconds, whatever comes in; of a token only its hash is kept. */
function remembering(authorize: Authorize): (token: string | undefined) => ReturnType<Authorize> {
  const verdicts = new Map<string, { readonly verdict: ReturnType<Authorize>; readonly until: number }>();
  return (token) => {
    if (token === undefined) return Promise.resolve("unauthenticated");
    const id = hash("sha256", token);
    const known = verdicts.get(id);
    if (known !== undefined && performance.now() < known.until) return known.verdict;
    verdicts.delete(id);
    const verdict = authorize(token);
    verdict.catch(() => verdicts.delete(id));
    if (verdicts.size >= REMEMBERED)
      for (const oldest of verdicts.keys()) {
        verdicts.delete(oldest);
        break;
      }
    verdicts.set(id, { verdict, until: performance.now() + REMEMBER });
    return verdict;
  };
}
