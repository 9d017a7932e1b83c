import { expect, test } from "vitest";
import { RetryDelay } from "../../src/cache/retry-delay.ts";
import { ApiError } from "../../src/kube/errors.ts";
import { VirtualClock } from "../kube/virtual-clock.ts";

const status = (httpStatus: number, retryAfterMs?: number) =>
  new ApiError("Status", `status ${httpStatus}`, { httpStatus, retryAfterMs });

/** How long each of ten waits after the same error takes, in steps of 100 ms. */
async function waits(error: unknown): Promise<number[]> {
  const clock = new VirtualClock();
  const delay = new RetryDelay(clock);
  const all: number[] = [];
  for (let attempt = 0; attempt < 10; attempt++) {
    const before = clock.monotonic();
    let over = false;
    void delay.after(error, new AbortController().signal).then(() => {
      over = true;
    });
    while (!over) await clock.advance(100);
    all.push(clock.monotonic() - before);
  }
  return all;
}

test.each([
  ["a stream that just ended", undefined],
  ["a reset", new ApiError("Network", "reset")],
  ["429", status(429)],
  ["500", status(500)],
  ["503", status(503)],
])("after %s, again and again, never longer than 3 s: a list may have to follow within 5", async (_, error) => {
  const all = await waits(error);
  expect(Math.max(...all)).toBeLessThanOrEqual(3_000);
  expect(all.at(-1)).toBeGreaterThan(2_000);
});

test.each([
  ["403", status(403)],
  ["404", status(404)],
  ["410", status(410)],
  ["a 500 in the stream", new ApiError("ErrorEvent", "etcd", { httpStatus: 500 })],
  ["a broken stream", new ApiError("Protocol", "not JSON")],
  ["an error of ours", new TypeError("oops")],
])("after %s, again and again, up to 30 s", async (_, error) => {
  const all = await waits(error);
  expect(all[0]).toBeLessThanOrEqual(1_600);
  expect(all.at(-1)).toBeGreaterThan(20_000);
  expect(all.at(-1)).toBeLessThanOrEqual(30_000);
});

test("as long as the server asks for, if that is more", async () => {
  for (const wait of await waits(status(429, 10_000))) expect(wait).toBe(10_000);
  expect((await waits(status(403, 100)))[0]).toBeGreaterThan(800);
});

test("an abort ends the wait at once, and is no error", async () => {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const waiting = new RetryDelay(clock).after(status(500), stop.signal);
  stop.abort(new Error("stop"));
  await expect(waiting).resolves.toBeUndefined();
  expect(clock.pending).toBe(0);
});
