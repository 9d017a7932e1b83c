import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { Estate } from "../../../src/cli/input/estate.ts";
import { readInput } from "../../../src/cli/input/input.ts";
import { readSides } from "../../../src/cli/input/sides.ts";
import type { Io } from "../../../src/cli/io.ts";
import { withStatuses } from "../../../src/cli/statuses.ts";
import { useCluster } from "../fixture.ts";
import { applyFolder, kubeconfigFor, readFolder, SAMPLES, serviceAccountToken } from "../install.ts";
import { deleteAndWait } from "../until.ts";
import { eightAtATime } from "./support.ts";

const { admin, namespace } = useCluster();
const NOW = "2026-01-31T12:00:00Z";

/** Nothing to read on standard input, and nobody who looks. */
const io: Io = {
  stdin: (async function* () {})(),
  out: async () => {},
  err: async () => {},
  now: () => Date.parse(NOW),
  screen: { colour: false, progress: false, width: 120 },
};

beforeAll(async () => {
  await applyFolder(admin, SAMPLES);
});

afterAll(async () => {
  const namespaces = readFolder(SAMPLES).filter(({ kind }) => kind === "Namespace");
  await eightAtATime(namespaces, async ({ metadata: { name } }) => {
    await admin.deleteAll("ProtectedVM", { namespace: name });
    await deleteAndWait(admin, { kind: "Namespace", name });
  });
});

/** By kind and name; without what only a server can know: how often an object was changed. */
function statuses(estate: Estate): Record<string, unknown> {
  const objects = withStatuses(estate, { managerVersion: "20.0", now: NOW });
  const forget = (key: string, value: unknown) => (key === "observedGeneration" ? undefined : value);
  return Object.fromEntries(
    objects.map(({ kind, object }) => [
      `${kind} ${object.metadata.namespace}/${object.metadata.name}`,
      JSON.parse(JSON.stringify(object.status, forget)),
    ]),
  );
}

const files = () => readInput({ namespace: "default", filename: [SAMPLES] }, io);

test("what was applied has the statuses that its files have", async () => {
  const estate = await readInput({ namespace: "default", kubeconfig: inject("kubeconfig") }, io);
  expect(estate.problems).toEqual([]);
  const expected = statuses(await files());
  expect(Object.keys(expected).length).toBeGreaterThan(10);
  expect(statuses(estate)).toEqual(expected);
});

test("a cluster and the files that were applied to it are two equal sides", async () => {
  const options = { namespace: "default", filename: [SAMPLES], kubeconfig: inject("kubeconfig") };
  const { from, to, problems } = await readSides({ ...options, from: "cluster" }, io);
  expect(problems).toEqual([]);
  expect(statuses(to)).toEqual(statuses(from));
  const { namespaces } = from;
  expect([...namespaces.keys()]).toContain(namespace);
  expect([...to.namespaces.keys()].toSorted()).toEqual([...namespaces.keys()].toSorted());
});

test("without the right to list a kind, that is said", async () => {
  const token = await serviceAccountToken(admin, namespace, "default");
  const read = readInput({ namespace: "default", kubeconfig: kubeconfigFor(admin, token) }, io);
  await expect(read).rejects.toThrow(/^the cluster: you may not list namespaces; .* the verb "list" for namespaces /);
});
