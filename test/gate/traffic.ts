import type { IncomingMessage } from "node:http";

/** What went over the wire for one verb on one resource. Bytes. */
export interface Count {
  requests: number;
  /** Of the requests' bodies, and of the requests with their heads. */
  bodyBytes: number;
  requestBytes: number;
  /** Of the answers' bodies, the lines of watches among them: what the server has to encode. */
  answerBytes: number;
}

/** Counts by verb and resource: `update protectedvms/status`, `watchlist appliances`, `create events`. */
export class Traffic {
  #counts = new Map<string, Count>();

  of(what: string): Count {
    let count = this.#counts.get(what);
    if (count === undefined) {
      count = { requests: 0, bodyBytes: 0, requestBytes: 0, answerBytes: 0 };
      this.#counts.set(what, count);
    }
    return count;
  }

  received(what: string, { method = "", url = "", rawHeaders }: IncomingMessage, body: string): void {
    const count = this.of(what);
    const bodyBytes = Buffer.byteLength(body);
    // `METHOD URL HTTP/1.1` and a header a line, with its `: `; the empty line ends them.
    const head = `${method} ${url} HTTP/1.1`.length + rawHeaders.reduce((sum, part) => sum + part.length + 2, 2 + 2);
    count.requests += 1;
    count.bodyBytes += bodyBytes;
    count.requestBytes += head + bodyBytes;
  }

  /** What has been counted since the last time; so many connections were opened in it. */
  take(connections: number): Taken {
    const taken = new Taken(this.#counts, connections);
    this.#counts = new Map();
    return taken;
  }
}

/** The traffic of a while. */
export class Taken {
  readonly connections: number;
  readonly #counts: ReadonlyMap<string, Readonly<Count>>;

  constructor(counts: ReadonlyMap<string, Readonly<Count>>, connections: number) {
    this.#counts = counts;
    this.connections = connections;
  }

  /** The sum of one figure over the verbs and resources that a pattern fits. */
  sum(pattern: RegExp, figure: keyof Count): number {
    let total = 0;
    for (const [what, count] of this.#counts) if (pattern.test(what)) total += count[figure];
    return total;
  }

  /** The verbs and resources of requests that no pattern fits. */
  others(patterns: readonly RegExp[]): string[] {
    const isOther = ([what, { requests }]: [string, Count]) => requests > 0 && !patterns.some((one) => one.test(what));
    return [...this.#counts].filter(isOther).map(([what]) => what);
  }
}
