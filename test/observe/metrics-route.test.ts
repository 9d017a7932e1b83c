import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Metrics } from "../../src/observe/metrics.ts";
import { type Authorize, metricsRoute } from "../../src/observe/metrics-route.ts";
import { numberOf, parseExposition } from "./exposition.ts";
import { Served } from "./serving.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

function metricsOf(): Metrics {
  const metrics = new Metrics(false);
  metrics.gauge({ name: "g", help: "h", labels: [], read: () => [[7]] });
  return metrics;
}

/** Answers by the token, and keeps the tokens that it was asked about. */
function judge(verdictOf: (token: string) => Awaited<ReturnType<Authorize>> = () => "allowed") {
  const asked: string[] = [];
  const authorize: Authorize = async (token) => {
    asked.push(token);
    return verdictOf(token);
  };
  return { asked, authorize };
}

/** The status for somebody with this Authorization header. */
async function status(served: Served, authorization?: string): Promise<number> {
  const answer = await served.fetch("/metrics", authorization === undefined ? {} : { headers: { authorization } });
  await answer.body?.cancel();
  return answer.status;
}

test("without a judge everybody who can connect reads an exposition", async () => {
  await using served = await Served.start(metricsRoute(metricsOf()));
  const answer = await served.fetch("/metrics");
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(numberOf(parseExposition(await answer.text()), "g")).toBe(7);
});

test.each([undefined, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "token", "Bearer a b", "BearerToken"])(
  "with a judge %j is a 401, and nobody is asked",
  async (authorization) => {
    const { asked, authorize } = judge();
    await using served = await Served.start(metricsRoute(metricsOf(), authorize));
    expect(await status(served, authorization)).toBe(401);
    expect(asked).toEqual([]);
  },
);

test("the judge's word counts: 200, 401 or 403, and only the 200 has metrics in it", async () => {
  const words = { yes: "allowed", no: "forbidden", who: "unauthenticated" } as const;
  const { authorize } = judge((token) => words[token as keyof typeof words]);
  await using served = await Served.start(metricsRoute(metricsOf(), authorize));
  const answers = await Promise.all(
    Object.keys(words).map(async (token) => {
      const answer = await served.fetch("/metrics", { headers: { authorization: `bearer ${token}` } });
      return [answer.status, (await answer.text()).includes("g 7")];
    }),
  );
  expect(answers).toEqual([
    [200, true],
    [403, false],
    [401, false],
  ]);
});

test("a judge that fails is a 500 without metrics or a reason, and is asked again the next time", async () => {
  let fails = true;
  const { asked, authorize } = judge(() => {
    if (fails) throw new Error("away");
    return "allowed";
  });
  await using served = await Served.start(metricsRoute(metricsOf(), authorize));
  const answer = await served.fetch("/metrics", { headers: { authorization: "Bearer t" } });
  expect([answer.status, await answer.text()]).toEqual([500, "internal error\n"]);
  fails = false;
  expect(await status(served, "Bearer t")).toBe(200);
  expect(asked).toEqual(["t", "t"]);
});

test("a token is asked about once, however many bring it at a time, and again after ten seconds", async () => {
  let decide: () => void = () => {};
  const open = new Promise<void>((resolve) => {
    decide = resolve;
  });
  let verdict: "allowed" | "forbidden" = "allowed";
  const asked: string[] = [];
  await using served = await Served.start(
    metricsRoute(metricsOf(), async (token) => {
      asked.push(token);
      await open;
      return verdict;
    }),
  );
  const answers = Array.from({ length: 20 }, () => status(served, "Bearer t"));
  await expect.poll(() => asked.length).toBe(1);
  decide();
  expect(new Set(await Promise.all(answers))).toEqual(new Set([200]));
  verdict = "forbidden";
  vi.advanceTimersByTime(9_900);
  expect(await status(served, "Bearer t")).toBe(200);
  vi.advanceTimersByTime(200);
  expect(await status(served, "Bearer t"), "rights that were taken away").toBe(403);
  expect(asked).toEqual(["t", "t"]);
});

test("of many tokens only the last 64 are remembered", async () => {
  const { asked, authorize } = judge();
  const { "/metrics": route } = metricsRoute(metricsOf(), authorize);
  const bring = (token: number) => route?.({ query: new URLSearchParams(), authorization: `Bearer ${token}` });
  for (let token = 0; token < 1_000; token++) await bring(token);
  for (let token = 999; token >= 936; token--) await bring(token);
  expect(asked).toHaveLength(1_000);
  await bring(935);
  expect(asked).toHaveLength(1_001);
});
