import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

interface Comment {
  readonly id: number;
  body: string;
  /** As GitHub names who wrote it, and as GitLab does. */
  readonly user: { readonly login: string };
  readonly author: { readonly username: string };
}

/** Whose token a job has. */
const BOTS = { login: "github-actions[bot]", username: "project_12_bot" };

/** The comments of one pull request (GitHub) or merge request (GitLab), behind as much of either's API as it takes. */
export class Forge implements AsyncDisposable {
  readonly comments: Comment[] = [];
  /** `POST /path` of each request, without those that only read. */
  readonly writes: string[] = [];
  /** Who does not send it is refused. */
  readonly token = "the-token";
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Forge> {
    const server = createServer((request, response) => {
      const answer = (status: number, body: unknown): void => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      };
      forge.#answer(request).then(
        (body) => answer(body === undefined ? 404 : 200, body ?? { message: "Not Found" }),
        (error) => answer(401, { message: String(error) }),
      );
    });
    const forge = new Forge(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return forge;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What a job of GitHub's has in its environment, for pull request 7 of shop/estate. */
  get github(): Record<string, string> {
    const repository = { GITHUB_REPOSITORY: "shop/estate", PULL_REQUEST: "7" };
    return { GITHUB_API_URL: this.url, GITHUB_TOKEN: this.token, ...repository };
  }

  /** Likewise of GitLab's, for merge request 7 of project 12. */
  get gitlab(): Record<string, string> {
    const request = { CI_PROJECT_ID: "12", CI_MERGE_REQUEST_IID: "7" };
    return { GITLAB_CI: "true", CI_API_V4_URL: this.url, COMMENT_TOKEN: this.token, ...request };
  }

  /** Writes a comment as somebody else. */
  write(body: string, { login, username } = { login: "mallory", username: "mallory" }): void {
    this.comments.push({ id: 1_000 + this.comments.length, body, user: { login }, author: { username } });
  }

  async #answer(request: IncomingMessage): Promise<unknown> {
    const { method = "", headers } = request;
    if (![headers["private-token"], headers.authorization].some((one) => String(one).endsWith(this.token)))
      throw "Bad credentials";
    const { pathname, searchParams } = new URL(request.url ?? "", this.url);
    if (method === "GET" && pathname === "/user") return { username: BOTS.username };
    const list = ["/repos/shop/estate/issues/7/comments", "/projects/12/merge_requests/7/notes"].includes(pathname);
    if (method === "GET" && list) {
      const size = Number(searchParams.get("per_page"));
      const start = (Number(searchParams.get("page")) - 1) * size;
      return this.comments.slice(start, start + size);
    }
    this.writes.push(`${method} ${pathname}`);
    const { body } = (await json(request)) as { body: string };
    if (method === "POST" && list) {
      this.write(body, BOTS);
      return this.comments.at(-1);
    }
    const [, update, id] =
      /^(PATCH) \/repos\/shop\/estate\/issues\/comments\/(\d+)$/.exec(`${method} ${pathname}`) ??
      /^(PUT) \/projects\/12\/merge_requests\/7\/notes\/(\d+)$/.exec(`${method} ${pathname}`) ??
      [];
    const found = this.comments.find((one) => one.id === Number(id));
    if (update === undefined || found === undefined) return undefined;
    found.body = body;
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
