import type { Admin } from "../cluster/admin.ts";

/** Write requests that the API server has answered, by `VERB resource/subresource` (`PUT protectedvms/status`). */
export type Requests = ReadonlyMap<string, number>;

const WRITES = new Set(["PUT", "PATCH", "POST", "DELETE"]);
/** Renewals of the controller's lease go on whatever happens, and reviews are the API server's own. */
const ANYWAY = /leases|reviews/;

/** The API server's own count: what nobody sees on a watch, such as a write that changes nothing, is in it. */
export async function requests(admin: Admin): Promise<Requests> {
  const { body } = await admin.request({ method: "GET", path: "/metrics", accept: "text/plain" });
  const counts = new Map<string, number>();
  for (const line of String(body).split("\n")) {
    if (!line.startsWith("apiserver_request_total{")) continue;
    const label = (name: string): string => new RegExp(`[{,]${name}="([^"]*)"`).exec(line)?.[1] ?? "";
    const subresource = label("subresource");
    const key = `${label("verb")} ${label("resource")}${subresource === "" ? "" : `/${subresource}`}`;
    if (!WRITES.has(label("verb")) || ANYWAY.test(key)) continue;
    counts.set(key, (counts.get(key) ?? 0) + Number(line.slice(line.lastIndexOf(" ") + 1)));
  }
  return counts;
}

/** What came between the two. */
export function between(before: Requests, after: Requests): Requests {
  const counts = [...after].map(([key, count]) => [key, count - (before.get(key) ?? 0)] as const);
  return new Map(counts.filter(([, count]) => count > 0));
}
