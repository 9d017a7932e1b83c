import fc from "fast-check";
import { expect, test } from "vitest";
import { type Check, probes } from "../../src/observe/probes.ts";
import { Served } from "./serving.ts";

const check = (name: string, problem?: string): Check => ({ name, problem: () => problem });

async function ask(served: Served, path: string): Promise<[number, string]> {
  const answer = await served.fetch(path);
  return [answer.status, await answer.text()];
}

test("while nothing is wrong it says ok, and with ?verbose of each check that it is", async () => {
  const checks = { live: [check("ping")], ready: [check("appliance"), check("protectedvm")] };
  await using served = await Served.start(probes(checks));
  expect(await ask(served, "/livez")).toEqual([200, "ok"]);
  expect(await ask(served, "/readyz")).toEqual([200, "ok"]);
  expect(await ask(served, "/livez?verbose")).toEqual([200, "[+]ping ok\nlivez check passed\n"]);
  expect(await ask(served, "/healthz?verbose")).toEqual([200, "[+]ping ok\nhealthz check passed\n"]);
  expect(await ask(served, "/readyz?verbose=1")).toEqual([
    200,
    "[+]appliance ok\n[+]protectedvm ok\nreadyz check passed\n",
  ]);
});

test("what is wrong now is said with its reason, and only where it was asked for", async () => {
  let problem: string | undefined = "not listed yet";
  const ready = [check("appliance"), { name: "protectedvm", problem: () => problem }];
  await using served = await Served.start(probes({ live: [check("ping")], ready }));
  const failed = "[+]appliance ok\n[-]protectedvm failed: not listed yet\nreadyz check failed\n";
  expect(await ask(served, "/readyz")).toEqual([503, failed]);
  expect(await ask(served, "/readyz?verbose")).toEqual([503, failed]);
  expect(await ask(served, "/livez")).toEqual([200, "ok"]);
  problem = undefined;
  expect(await ask(served, "/readyz")).toEqual([200, "ok"]);
});

test("HEAD gets the same status", async () => {
  await using served = await Served.start(probes({ live: [check("ping")], ready: [check("x", "no")] }));
  expect((await served.fetch("/livez", { method: "HEAD" })).status).toBe(200);
  expect((await served.fetch("/readyz", { method: "HEAD" })).status).toBe(503);
});

test("it is 200 exactly if no check has a problem, whatever its order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(fc.string({ minLength: 1 }), { nil: undefined })), async (problems) => {
      const ready = problems.map((problem, index) => check(`c${index}`, problem));
      const { "/readyz": route } = probes({ live: [], ready });
      const answer = await route?.({ query: new URLSearchParams("verbose"), authorization: "" });
      const failed = problems.filter((problem) => problem !== undefined);
      expect(answer?.status).toBe(failed.length === 0 ? 200 : 503);
      for (const problem of failed) expect(answer?.body).toContain(`failed: ${problem}\n`);
    }),
  );
});
