import { readLine } from "./lines.ts";
import { type Random, shuffled } from "./random.ts";

/** What an API server answered when a kind was listed: a world that is over when it is told again. */
export interface StaleList {
  readonly resource: string;
  /** The whole answer, JSON. */
  readonly body: string;
}

interface List {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly object[];
}

export function versionOf({ body }: StaleList): string {
  return (JSON.parse(body) as List).metadata.resourceVersion;
}

/** The same as the beginning of a WatchList: each object, then the bookmark of the list's resourceVersion. */
export function initialLines({ body }: StaleList): Buffer[] {
  const list: List = JSON.parse(body);
  const { apiVersion } = list;
  const kind = list.kind.replace(/List$/, "");
  const annotations = { "k8s.io/initial-events-end": "true" };
  const { resourceVersion } = list.metadata;
  const bookmark = { apiVersion, kind, metadata: { resourceVersion, annotations } };
  return [
    ...list.items.map((item) => ({ type: "ADDED", object: { apiVersion, kind, ...item } })),
    { type: "BOOKMARK", object: bookmark },
  ].map((event) => Buffer.from(`${JSON.stringify(event)}\n`));
}

/** The answer to a list with its items in another order, everything else as it was. */
export function shuffledList(body: Buffer, random: Random): Buffer {
  const list: List = JSON.parse(body.toString("utf8"));
  return Buffer.from(JSON.stringify({ ...list, items: shuffled(list.items ?? [], random) }));
}

/** The token of the next page, if there is one. */
export function nextPage(body: Buffer): string | undefined {
  return /"continue":"([^"]+)"/.exec(body.toString("latin1"))?.[1];
}

/** A WatchList with its initial events in another order; the bookmark still ends them. */
export async function* shuffledLines(lines: AsyncIterable<Buffer>, random: Random): AsyncGenerator<Buffer> {
  let initial: Buffer[] | undefined = [];
  for await (const bytes of lines) {
    if (initial === undefined) {
      yield bytes;
    } else if (readLine(bytes).isInitialEnd) {
      yield* shuffled(initial, random);
      yield bytes;
      initial = undefined;
    } else {
      initial.push(bytes);
    }
  }
}
