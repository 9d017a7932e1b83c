import { totalmem } from "node:os";
import { expect, onTestFinished, test, vi } from "vitest";
import { Metrics } from "../../src/observe/metrics.ts";
import { numberOf, parseExposition } from "./exposition.ts";

const MIB = 2 ** 20;

/** What a scrape says in a container with this limit. */
async function scrape(limit: number) {
  const spy = vi.spyOn(process, "constrainedMemory").mockReturnValue(limit);
  onTestFinished(() => spy.mockRestore());
  const exposition = parseExposition(await new Metrics(true).text());
  return {
    container: numberOf(exposition, "tandem_memory_limit_bytes"),
    heap: numberOf(exposition, "tandem_heap_limit_bytes") ?? 0,
    used: numberOf(exposition, "nodejs_heap_size_used_bytes") ?? 0,
  };
}

test("a scrape says where the limits of memory are: of the container, if it has one, and of the heap", async () => {
  const { container, heap, used } = await scrape(512 * MIB);
  expect(container).toBe(512 * MIB);
  expect(used).toBeGreaterThan(0);
  expect(heap).toBeGreaterThan(used);
});

test.each([0, 2 ** 64])("%d is no limit: there is as much as the machine has", async (limit) => {
  expect((await scrape(limit)).container).toBe(totalmem());
});
