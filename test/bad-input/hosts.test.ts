import { expect, test } from "vitest";
import type { Appliance, ProtectedVM } from "../../src/api/kinds.ts";
import { appliance, condition, eightAtATime, Recorder, type Tandem, vm } from "../cluster/api/support.ts";
import { untilObject } from "../cluster/until.ts";
import { DEFINED_WITHIN, useBadInputCluster } from "./controller.ts";

const cluster = useBadInputCluster();
const { admin, namespace } = cluster;
const SERVICES = ["GuestIntrospection" as const, "NetworkIntrospection" as const];

const host = (name: string): string => `${name}.lab.example`;
const onHost = (name: string, on: string): ProtectedVM =>
  vm(namespace, name, { hostName: host(on), guestOS: "Windows", features: ["AntiMalware"] });
const applianceOn = (name: string, on: string): Appliance =>
  appliance(name, { hostName: host(on), services: SERVICES });

async function sourceOf(name: string): Promise<string | undefined> {
  const { status } = await admin.get<ProtectedVM>({ kind: "ProtectedVM", namespace, name });
  return `${status?.appliance} ${status?.mode}`;
}

test("B01: a VM before the appliance of its host, and after it: protected within 2 s either way", async () => {
  await admin.create(onHost("early", "b01-a"));
  await cluster.right();
  expect(await sourceOf("early")).toBe("undefined Unprotected");
  await admin.create(applianceOn("b01-a", "b01-a"));
  await cluster.right();
  expect(await sourceOf("early")).toBe("b01-a Agentless");
  await admin.create(applianceOn("b01-b", "b01-b"));
  await cluster.right();
  await admin.create(onHost("late", "b01-b"));
  await cluster.right();
  expect(await sourceOf("late")).toBe("b01-b Agentless");
});

test("B05, B06: of two appliances of a host the first by name is in charge; it is deleted: one write a VM", async () => {
  const names = Array.from({ length: 20 }, (_, index) => `b05-${index}`);
  await admin.create(applianceOn("b05-y", "b05"));
  await admin.create(applianceOn("b05-z", "b05"));
  await eightAtATime(names, (name) => admin.create(onHost(name, "b05")));
  const { objects } = await cluster.right();
  const acceptance = (name: string, of: readonly unknown[]): string | undefined => {
    const found = (of as Tandem[]).find(({ kind, metadata }) => kind === "Appliance" && metadata.name === name);
    return found && condition(found, "Accepted");
  };
  expect([acceptance("b05-y", objects), acceptance("b05-z", objects)]).toEqual(["True/Accepted", "False/HostConflict"]);
  await using recorder = await Recorder.start<ProtectedVM>(admin, "ProtectedVM", namespace);
  await admin.delete({ kind: "Appliance", name: "b05-y" });
  const after = await cluster.right();
  expect(acceptance("b05-z", after.objects)).toBe("True/Accepted");
  for (const name of names) expect(await sourceOf(name)).toBe("b05-z Agentless");
  expect([...recorder.writes()].toSorted()).toEqual(names.map((name) => [name, 1]).toSorted());
});

test("B17: a spec changed 100 times in a second: the last one wins, observedGeneration never goes back", async () => {
  const ref = { kind: "ProtectedVM", namespace, name: "b17" };
  await admin.create(onHost("b17", "b17-0"));
  await cluster.right();
  await using recorder = await Recorder.start<ProtectedVM>(admin, "ProtectedVM", namespace);
  const started = performance.now();
  for (let index = 1; index <= 100; index++) {
    await admin.mergePatch(ref, {
      spec: { hostName: host(`b17-${index % 2}`), guestOS: index === 100 ? "Other" : "Linux" },
    });
  }
  const took = performance.now() - started;
  const last = await untilObject<ProtectedVM>(admin, ref, {
    what: "the last spec is decided",
    timeoutMs: DEFINED_WITHIN,
    condition: ({ metadata, status }) => status?.observedGeneration === metadata.generation,
  });
  await cluster.right();
  expect(last.spec).toMatchObject({ hostName: host("b17-0"), guestOS: "Other" });
  const observed = recorder.commits.map(({ object }) => object.status?.observedGeneration ?? -1);
  expect(observed).toEqual(observed.toSorted((a, b) => a - b));
  expect(observed.at(-1)).toBe(last.metadata.generation);
  process.stdout.write(`B17: 100 changes in ${took.toFixed(0)} ms, ${recorder.commits.length - 100} statuses\n`);
});

test("B45: an empty cluster, and only one of the kinds: valid statuses", async () => {
  const empty = async (): Promise<void> => {
    for (const kind of ["ProtectedVM", "AffinityPolicy", "Appliance"]) {
      await admin.deleteAll(kind, kind === "ProtectedVM" ? { namespace } : {});
    }
    expect((await cluster.right()).objects).toEqual([]);
  };
  const one: Tandem[] = [
    onHost("alone", "b45"),
    applianceOn("alone", "b45"),
    {
      apiVersion: "tandem.dev/v1alpha1",
      kind: "AffinityPolicy",
      metadata: { name: "alone" },
      spec: { vmSelector: {} },
    },
  ];
  for (const object of one) {
    await empty();
    await admin.create(object);
    const { objects } = await cluster.right();
    expect(objects).toHaveLength(1);
    expect(condition(objects[0] as Tandem, "Ready")).toBeDefined();
  }
  await empty();
});
