import { afterEach, beforeEach, expect } from "vitest";
import { ApiError } from "../../src/kube/errors.ts";
import { type RequestObservation, Transport } from "../../src/kube/transport.ts";
import { sendJson, TestCredentials, TestServer } from "./server.ts";
import { until, VirtualClock } from "./virtual-clock.ts";

export const status = (code: number, reason: string, message = "") => ({
  kind: "Status",
  apiVersion: "v1",
  code,
  reason,
  message,
});

export let server: TestServer;
export let credentials: TestCredentials;
export let clock: VirtualClock;
export let transport: Transport;
export let observations: RequestObservation[];

/** Gives each test of a file a server and a transport to it, in virtual time. */
export function useTransport(): void {
  beforeEach(async () => {
    server = await new TestServer((_, response) => sendJson(response, 200, { ok: true })).listen();
    credentials = new TestCredentials(server.url);
    clock = new VirtualClock();
    observations = [];
    transport = new Transport({ credentials, version: "1.2.3", clock, onRequest: (one) => observations.push(one) });
  });

  afterEach(async () => {
    await transport.close();
    await server[Symbol.asyncDispose]();
    expect(clock.pending, "timers left behind").toBe(0);
  });
}

export const get = (extra: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
  transport.requestJson({ method: "GET", path: "/x", ...extra });
export const put = () => transport.requestJson({ method: "PUT", path: "/x", body: { a: 1 } });

/** The error of a promise, which is watched from the beginning. */
export function failure(promise: Promise<unknown>): Promise<ApiError> {
  return promise.then(
    () => Promise.reject(new Error("did not fail")),
    (error: unknown) => (error instanceof ApiError ? error : Promise.reject(error)),
  );
}

/** Moves the clock on, as long as nothing else can happen, until the promise has an outcome. Returns the ms that took. */
export async function outcome(promise: Promise<unknown>): Promise<number> {
  const start = clock.monotonic();
  let done = false;
  const ended = () => {
    done = true;
  };
  promise.then(ended, ended);
  let idle = 0;
  await until(() => {
    if (!done && ++idle % 200 === 0) {
      void clock.advance(100);
    }
    return done;
  });
  return clock.monotonic() - start;
}
