import { Pool } from "undici";
import type { KubeObject } from "../../src/api/object.ts";
import { collectionPath, kindOf, objectPath, type Ref, refOf } from "./kinds.ts";
import { readKubeconfig } from "./kubeconfig.ts";
import { printTable, type Table } from "./table.ts";

/** Owner of what tests and the demo apply. */
const FIELD_MANAGER = "tandem-admin";
const REQUEST_TIMEOUT_MS = 30_000;
/** Unknown and duplicate fields are refused, where the server's default is to drop them with a warning. */
const STRICT = { fieldValidation: "Strict" };
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";

export interface Request {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With its leading slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string;
  readonly accept?: string;
}

export interface Answer {
  readonly status: number;
  /** JSON where it parses, else the text. */
  readonly body: unknown;
}

/** The server refused a request: `code` is the Status' reason (`NotFound`, `Invalid`, `Conflict`, …), `status` the HTTP one. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;

  constructor(request: Request, answer: Answer) {
    const { reason, message } = statusOf(answer.body);
    super(`${request.method} ${request.path}: ${answer.status} ${message ?? JSON.stringify(answer.body)}`);
    this.status = answer.status;
    this.code = reason ?? String(answer.status);
  }
}

/** Selects objects of one kind; without a namespace, in all of them. */
export interface Selection {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface ApplyOptions {
  readonly fieldManager?: string;
  /** Takes over fields that others own (default), as an administrator does. */
  readonly force?: boolean;
  readonly subresource?: string;
}

/** A plain client of one API server, with the rights of its kubeconfig; shares no code with the controller. Nothing is retried. */
export class Admin implements AsyncDisposable {
  readonly kubeconfig: string;
  readonly #pool: Pool;
  readonly #headers: Record<string, string>;

  /** `kubeconfig` is a file written by kubeconfig.ts. */
  constructor(kubeconfig: string) {
    const access = readKubeconfig(kubeconfig);
    this.kubeconfig = kubeconfig;
    this.#headers = access.token === undefined ? {} : { authorization: `Bearer ${access.token}` };
    this.#pool = new Pool(access.server, {
      connections: 8,
      allowH2: false,
      headersTimeout: REQUEST_TIMEOUT_MS,
      bodyTimeout: REQUEST_TIMEOUT_MS,
      connect: {
        timeout: 5_000,
        rejectUnauthorized: access.skipTlsVerify !== true,
        ...(access.ca !== undefined && { ca: access.ca }),
        ...(access.clientCertificate !== undefined && { cert: access.clientCertificate }),
        ...(access.clientKey !== undefined && { key: access.clientKey }),
        ...(access.tlsServerName !== undefined && { servername: access.tlsServerName }),
      },
    });
  }

  /** Any request at all, whatever the server answers; rejects only if it does not answer. */
  async request(request: Request): Promise<Answer> {
    const { statusCode, body } = await this.#pool.request({
      method: request.method,
      path: request.path,
      query: request.query ?? {},
      headers: {
        ...this.#headers,
        accept: request.accept ?? "application/json",
        ...(request.body !== undefined && { "content-type": request.contentType ?? "application/json" }),
      },
      ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
    });
    return { status: statusCode, body: parse(await body.text()) };
  }

  /** `v1.37.2`. */
  async version(): Promise<string> {
    const { gitVersion } = await this.#send<{ gitVersion: string }>({ method: "GET", path: "/version" });
    return gitVersion;
  }

  async get<T extends KubeObject>(ref: Ref): Promise<T> {
    return await this.#send<T>({ method: "GET", path: objectPath(ref) });
  }

  /** Like `get`; `undefined` where there is none. */
  async find<T extends KubeObject>(ref: Ref): Promise<T | undefined> {
    return await absentIfNotFound(this.get<T>(ref));
  }

  /** The objects of a kind, each with its `apiVersion` and `kind`, which the server leaves out of lists. */
  async list<T extends KubeObject>(kind: string, selection: Selection = {}): Promise<T[]> {
    const { namespace, ...query } = selection;
    const list = await this.#send<{ items: T[] }>({ method: "GET", path: collectionPath(kind, namespace), query });
    return list.items.map((item) => ({ ...item, apiVersion: kindOf(kind).apiVersion, kind }));
  }

  async create<T extends KubeObject>(object: T): Promise<T> {
    const { kind, namespace } = refOf(object);
    const path = collectionPath(kind, namespace ?? "default");
    return await this.#send<T>({ method: "POST", path, query: STRICT, body: object });
  }

  /** PUT of the whole object: with a `resourceVersion` it is refused if that is not the newest. */
  async replace<T extends KubeObject>(object: T, subresource?: string): Promise<T> {
    const path = objectPath(refOf(object), subresource);
    return await this.#send<T>({ method: "PUT", path, query: STRICT, body: object });
  }

  /** JSON merge patch (RFC 7386): `null` removes a field, lists are replaced whole. */
  async mergePatch<T extends KubeObject>(ref: Ref, patch: object, subresource?: string): Promise<T> {
    const path = objectPath(ref, subresource);
    const contentType = "application/merge-patch+json";
    return await this.#send<T>({ method: "PATCH", path, query: STRICT, body: patch, contentType });
  }

  /** Server-side apply. */
  async apply<T extends KubeObject>(object: KubeObject, options: ApplyOptions = {}): Promise<T> {
    const { fieldManager = FIELD_MANAGER, force = true, subresource } = options;
    const path = objectPath(refOf(object), subresource);
    const query = { ...STRICT, fieldManager, force };
    return await this.#send<T>({
      method: "PATCH",
      path,
      query,
      body: object,
      contentType: "application/apply-patch+yaml",
    });
  }

  /** Asks for the deletion, and returns before the object is gone; an absent one is fine. */
  async delete(ref: Ref): Promise<void> {
    await absentIfNotFound(this.#send({ method: "DELETE", path: objectPath(ref) }));
  }

  /** Asks for the deletion of every selected object of a kind. */
  async deleteAll(kind: string, selection: Selection = {}): Promise<void> {
    const { namespace, ...query } = selection;
    await this.#send({ method: "DELETE", path: collectionPath(kind, namespace), query });
  }

  /** What `kubectl get KIND` prints, byte for byte: `-A` where no namespace is named, `-o wide` on demand. */
  async table(kind: string, options: Selection & { readonly wide?: boolean } = {}): Promise<string> {
    const { namespace, wide = false, ...query } = options;
    const path = collectionPath(kind, namespace);
    const table = await this.#send<Table>({ method: "GET", path, query, accept: TABLE });
    return printTable(table, { wide, namespaces: kindOf(kind).namespaced && namespace === undefined });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
  }

  async #send<T>(request: Request): Promise<T> {
    const answer = await this.request(request);
    if (answer.status >= 400) throw new ApiError(request, answer);
    return answer.body as T;
  }
}

/** `undefined` in place of a 404. */
async function absentIfNotFound<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function statusOf(body: unknown): { reason?: string; message?: string } {
  if (typeof body !== "object" || body === null) return {};
  const status: { reason?: unknown; message?: unknown } = body;
  return {
    ...(typeof status.reason === "string" && { reason: status.reason }),
    ...(typeof status.message === "string" && { message: status.message }),
  };
}
