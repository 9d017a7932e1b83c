import type { Answer, Routes } from "./server.ts";

/** One thing that has to hold. */
export interface Check {
  readonly name: string;
  /** What is wrong; undefined if nothing is. */
  problem(): string | undefined;
}

/**
 * `/livez` (also by its old name, `/healthz`) and `/readyz`, with `?verbose` as the API server's own: 200, or 503 while a
 * check fails.
 */
export function probes({ live, ready }: { live: readonly Check[]; ready: readonly Check[] }): Routes {
  return {
    "/livez": ({ query }) => answer("livez", live, query),
    "/healthz": ({ query }) => answer("healthz", live, query),
    "/readyz": ({ query }) => answer("readyz", ready, query),
  };
}

function answer(name: string, checks: readonly Check[], query: URLSearchParams): Answer {
  const results = checks.map((check) => ({ name: check.name, problem: check.problem() }));
  const failed = results.some(({ problem }) => problem !== undefined);
  const status = failed ? 503 : 200;
  if (!failed && !query.has("verbose")) return { status, body: "ok" };
  const lines = results.map((one) =>
    one.problem === undefined ? `[+]${one.name} ok` : `[-]${one.name} failed: ${one.problem}`,
  );
  return { status, body: [...lines, `${name} check ${failed ? "failed" : "passed"}`, ""].join("\n") };
}
