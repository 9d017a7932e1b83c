export type Verb =
  | "get"
  | "list"
  | "watch"
  /** A watch that begins with all objects (`sendInitialEvents`). */
  | "watchlist"
  | "create"
  | "update"
  | "patch"
  | "delete"
  | "deletecollection";

/** What a request asks of the API, read from its method and URL as the API server does. */
export interface KubeRequest {
  readonly verb: Verb;
  /** With its query, as it was sent. */
  readonly path: string;
  /** Empty for the core group. */
  readonly group: string;
  /** Plural: `protectedvms`. Empty for a path that is no resource, such as `/readyz`. */
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  /** The token of the page that is asked for; absent: the first, or not a list. */
  readonly continueToken?: string;
  /** A list with a field selector: it asks something, and does not fill a store. */
  readonly isSelective: boolean;
}

/** Never throws: what it does not understand is no resource. */
export function parseRequest(method: string, path: string): KubeRequest {
  const url = new URL(path, "https://api");
  const [root, ...segments] = url.pathname.split("/").slice(1).map(decodeURIComponent);
  let group = "";
  let parts: string[] = [];
  if (root === "api") parts = segments.slice(1);
  if (root === "apis") [group = "", , ...parts] = segments;
  let namespace: string | undefined;
  const isOfNamespace =
    parts[0] === "namespaces" && parts.length > 2 && !["status", "finalize"].includes(parts[2] ?? "");
  if (isOfNamespace) [, namespace, ...parts] = parts;
  const [resource = "", name, subresource] = parts;
  const continueToken = url.searchParams.get("continue") ?? "";
  return {
    verb: verbOf(method, name, url.searchParams),
    path,
    group,
    resource,
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
    ...(subresource !== undefined && { subresource }),
    ...(continueToken !== "" && { continueToken }),
    isSelective: url.searchParams.has("fieldSelector"),
  };
}

export function isWatch({ verb }: KubeRequest): boolean {
  return verb === "watch" || verb === "watchlist";
}

function verbOf(method: string, name: string | undefined, query: URLSearchParams): Verb {
  switch (method) {
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return name === undefined ? "deletecollection" : "delete";
    default:
      if (name !== undefined) return "get";
      if (!["true", "1"].includes(query.get("watch") ?? "")) return "list";
      return query.get("sendInitialEvents") === "true" ? "watchlist" : "watch";
  }
}
