import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { History, RequestRecord } from "./history.ts";
import { isWatch, type KubeRequest } from "./kube-request.ts";
import { initialLines, nextPage, shuffledLines, shuffledList, versionOf } from "./lists.ts";
import type { Moment, Plans, RequestFault, Struck } from "./plan.ts";
import { linesOf, passOn, pause } from "./stream.ts";
import type { Upstream } from "./upstream.ts";

export interface ExchangeOptions {
  readonly asked: KubeRequest;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly response: ServerResponse;
  readonly struck: readonly Struck<RequestFault>[];
  readonly upstream: Upstream;
  /** Aborted when the client is gone, or the proxy ends. */
  readonly gone: AbortSignal;
  readonly history: History;
  readonly plans: Plans;
  /** A list has a next page, which this token asks for. */
  readonly onPage: (token: string) => void;
}

type Of<T extends RequestFault["type"]> = Extract<RequestFault, { type: T }>;

/** One request and its answer, with the faults that strike it. */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #record: RequestRecord;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    const { history, asked, body, struck, response } = options;
    this.#record = history.begin(asked, body);
    this.#record.faults.push(...struck.map(({ fault }) => fault.type));
    response.once("close", () => history.ended(this.#record));
  }

  /** Resolves when the client has its answer. Throws where the connection is to be broken. */
  async run(): Promise<void> {
    const { asked } = this.#options;
    await this.#strike("beforeSend");
    const answer = this.#find("answer");
    if (answer !== undefined)
      return await this.#end(answer.status, answer.headers ?? {}, Buffer.from(answer.body ?? ""));
    if (isWatch(asked)) return await this.#watch();
    const stale = this.#find("stale");
    if (stale !== undefined) return await this.#end(200, {}, Buffer.from(stale.list.body));
    await this.#ask();
  }

  async #ask(): Promise<void> {
    const { asked, upstream, history, method, headers, body, onPage } = this.#options;
    const answer = await upstream.send({ method, path: asked.path, headers, body });
    let received: Buffer = Buffer.concat(await answer.toArray());
    const { statusCode = 0 } = answer;
    history.answered(this.#record, statusCode, received);
    await this.#strike("afterCommit");
    if (asked.verb === "list") {
      const token = nextPage(received);
      if (token !== undefined) onPage(token);
      const shuffle = this.#options.struck.find(({ fault }) => fault.type === "shuffle");
      if (shuffle !== undefined && statusCode === 200) received = shuffledList(received, shuffle.random);
    }
    await this.#end(statusCode, backwards(answer), received);
  }

  async #watch(): Promise<void> {
    const { asked, response, gone } = this.#options;
    const stale = this.#find("stale");
    const eof = this.#find("eofAfter");
    const timer = eof && setTimeout(() => response.end(), eof.ms);
    try {
      if (stale !== undefined && asked.verb === "watchlist") {
        this.#begin(200, { "content-type": "application/json" });
        const end = await this.#pass(Readable.from(initialLines(stale.list)));
        if (end === "cut") return await this.#break();
        await pause(stale.holdMs, gone);
      }
      const answer = await this.#stream(stale);
      await this.#strike("afterCommit");
      const { statusCode = 0 } = answer;
      if (statusCode !== 200)
        return await this.#end(statusCode, backwards(answer), Buffer.concat(await answer.toArray()));
      if (!response.headersSent) this.#begin(200, backwards(answer));
      const shuffle = this.#options.struck.find(({ fault }) => fault.type === "shuffle");
      const lines = linesOf(answer);
      const end = await this.#pass(shuffle === undefined ? lines : shuffledLines(lines, shuffle.random));
      if (end === "cut") return await this.#break();
      await this.#finish();
    } finally {
      clearTimeout(timer);
    }
  }

  async #stream(stale: Of<"stale"> | undefined): Promise<IncomingMessage> {
    const { asked, upstream, method, headers, body, gone } = this.#options;
    let { path } = asked;
    if (stale !== undefined) {
      path = `${path.split("?")[0]}?watch=true&allowWatchBookmarks=true&resourceVersion=${versionOf(stale.list)}`;
    }
    return await upstream.send({ method, path, headers, body, signal: gone });
  }

  async #pass(lines: AsyncIterable<Buffer>): Promise<"eof" | "cut"> {
    const { asked, response, gone, plans, history } = this.#options;
    return await passOn(lines, {
      ...{ response, signal: gone },
      strike: (line) => plans.forEvent(asked, line)?.fault,
      onPassed: (line) => history.passed(this.#record, line),
    });
  }

  /** The answer is whole for the client, unless something strikes it before. */
  async #end(status: number, headers: IncomingHttpHeaders, body: Buffer): Promise<void> {
    this.#record.status = status;
    this.#begin(status, { "content-type": "application/json", ...headers, "content-length": `${body.length}` });
    this.#options.response.write(body);
    await this.#finish();
  }

  #begin(status: number, headers: IncomingHttpHeaders): void {
    const { response } = this.#options;
    this.#record.status = status;
    response.writeHead(status, headers);
    response.flushHeaders();
  }

  async #finish(): Promise<void> {
    const { response, gone } = this.#options;
    response.end();
    if (!response.writableFinished) await once(response, "finish", { signal: gone });
    await this.#strike("afterReply");
  }

  /** What was written so far reaches the client, and nothing else does. */
  async #break(): Promise<never> {
    const { response } = this.#options;
    await new Promise<void>((resolve) => response.write("", () => resolve()));
    throw new Broken("a fault of the plan");
  }

  #find<T extends RequestFault["type"]>(type: T): Of<T> | undefined {
    for (const { fault } of this.#options.struck) if (isOf(fault, type)) return fault;
    return undefined;
  }

  /** The faults of a moment, in the order of the plans. */
  async #strike(moment: Moment): Promise<void> {
    const { struck, gone, asked } = this.#options;
    for (const { fault } of struck) {
      if (!("when" in fault || fault.type === "wait") || (fault.when ?? "beforeSend") !== moment) continue;
      if (fault.type === "wait") await pause(fault.ms, gone);
      else if (fault.type === "stall") await pause(Number.POSITIVE_INFINITY, gone);
      else if (fault.type === "drop") throw new Broken("a fault of the plan");
      else await fault.run(asked);
    }
  }
}

/** The connection to the client is to be broken. */
class Broken extends Error {}

function isOf<T extends RequestFault["type"]>(fault: RequestFault, type: T): fault is Of<T> {
  return fault.type === type;
}

/** Headers that are about the answer, and not about the connection that it came by. */
function backwards({ headers }: IncomingMessage): IncomingHttpHeaders {
  const { connection: _, "keep-alive": __, "transfer-encoding": ___, "content-length": ____, ...rest } = headers;
  return rest;
}
