import type { Resource } from "../api/object.ts";
import { ApiError } from "./errors.ts";
import { isRecord } from "./json.ts";
import { parseObject, type StoredObject } from "./parse-object.ts";
import { resourcePath } from "./path.ts";
import { isResourceVersion } from "./resource-version.ts";
import type { Transport } from "./transport.ts";

/** Objects a page: an unpaged list of 100,000 objects blocks the event loop for 3 to 5 s. */
const PAGE_SIZE = 500;

export interface ListPage {
  /** That of the list, the same on every page; an item's is no substitute. */
  readonly resourceVersion: string;
  readonly items: readonly StoredObject[];
}

/**
 * Lists all objects of a kind, in pages of 500, as of one moment at or after the call (resourceVersion unset: the server
 * asks etcd's quorum). Throws an ApiError, 410 if the list took so long that its moment was compacted away: whatever came
 * before is then worth nothing, and the whole list is to be begun again.
 */
export async function* list(
  transport: Transport,
  resource: Resource,
  signal?: AbortSignal,
): AsyncGenerator<ListPage, void, undefined> {
  const path = resourcePath(resource);
  let resourceVersion: string | undefined;
  let token: string | undefined;
  do {
    const answer = await transport.requestJson({
      method: "GET",
      path,
      query: { limit: PAGE_SIZE, continue: token },
      ...(signal && { signal }),
    });
    const page = parsePage(answer, resource);
    if (resourceVersion !== undefined && page.resourceVersion !== resourceVersion) {
      throw new ApiError("Protocol", `list of ${resource.plural}: pages of different resourceVersions`);
    }
    resourceVersion = page.resourceVersion;
    if (token !== undefined && page.continueToken === token) {
      throw new ApiError("Protocol", `list of ${resource.plural}: a page leads to itself`);
    }
    token = page.continueToken;
    yield page;
  } while (token !== undefined);
}

/**
 * Whether the server has reached a resourceVersion. Asked by a list that matches nothing, which is cheap. Throws 504
 * "Too large resource version" (`isTooLargeResourceVersion`) if it has not, after waiting for it for some seconds.
 */
export async function expectReached(
  transport: Transport,
  resource: Resource,
  { resourceVersion, signal }: { readonly resourceVersion: string; readonly signal?: AbortSignal },
): Promise<void> {
  await transport.requestJson({
    method: "GET",
    path: resourcePath(resource),
    query: {
      resourceVersion,
      resourceVersionMatch: "NotOlderThan",
      fieldSelector: "metadata.name=tandem-asks-for-nothing",
      limit: 1,
    },
    ...(signal && { signal }),
  });
}

function parsePage(answer: unknown, resource: Resource): ListPage & { readonly continueToken: string | undefined } {
  const where = `list of ${resource.plural}`;
  const { kind, metadata, items } = isRecord(answer) ? answer : {};
  if (kind !== `${resource.kind}List` || !isRecord(metadata) || !isResourceVersion(metadata.resourceVersion)) {
    throw new ApiError("Protocol", `${where}: the answer is not a ${resource.kind}List with a resourceVersion`);
  }
  if (items !== null && !Array.isArray(items)) {
    throw new ApiError("Protocol", `${where}: items is not a list`);
  }
  const token = metadata.continue;
  return {
    resourceVersion: metadata.resourceVersion,
    items: (items ?? []).map((item: unknown) => parseObject(item, resource, where)),
    continueToken: typeof token === "string" && token !== "" ? token : undefined,
  };
}
