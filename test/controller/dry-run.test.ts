import { expect, test } from "vitest";
import { crds } from "../../src/api/generated/schemas.ts";
import { DryRun } from "../../src/controller/dry-run.ts";
import type { Logger } from "../../src/observe/log.ts";

function dryRun() {
  const lines: { fields: object; text: string }[] = [];
  const log = { info: (fields: object, text: string) => lines.push({ fields, text }) } as unknown as Logger;
  return { lines, run: new DryRun(log) };
}

const VM = crds.ProtectedVM.resource;
const metadata = (name: string, namespace?: string) => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
  uid: "u",
  resourceVersion: "7",
});

test("says once what would be written, and again when it is something else", async () => {
  const { lines, run } = dryRun();
  for (const coverage of ["1/2", "1/2", "2/2", "2/2"]) {
    await run.put(VM, { metadata: metadata("web-1", "shop"), status: { coverage } });
  }
  const object = { controller: "protectedvm", namespace: "shop", name: "web-1" };
  expect(lines).toEqual([
    { fields: { ...object, status: { coverage: "1/2" } }, text: "would write" },
    { fields: { ...object, status: { coverage: "2/2" } }, text: "would write" },
  ]);
});

test("counts the objects that have another status than they should, each of its kind and namespace by itself", async () => {
  const { lines, run } = dryRun();
  const status = { vms: 1 };
  await run.put(VM, { metadata: metadata("x", "a"), status });
  await run.put(VM, { metadata: metadata("x", "b"), status });
  await run.put(crds.Appliance.resource, { metadata: metadata("x"), status });
  await run.put(crds.AffinityPolicy.resource, { metadata: metadata("x"), status });
  await run.put(crds.AffinityPolicy.resource, { metadata: metadata("x"), status });
  expect([run.size, lines.length]).toEqual([4, 4]);
  expect(lines[2]?.fields).not.toHaveProperty("namespace");
});

test("answers with the object as it is, which no cache takes for news", async () => {
  const { run } = dryRun();
  const answer = await run.put(VM, { metadata: metadata("x", "a"), status: {} });
  expect(answer).toEqual({ metadata: metadata("x", "a") });
});
