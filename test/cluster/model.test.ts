import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { findCredentials } from "../../src/kube/credentials.ts";
import { Transport } from "../../src/kube/transport.ts";
import { compact } from "../fault/etcd.ts";
import { Admin } from "./admin.ts";
import { startControlPlane } from "./control-plane.ts";
import { useCluster } from "./fixture.ts";
import { installCrds } from "./install.ts";
import { collectionPath } from "./kinds.ts";
import { operations } from "./model-operations.ts";
import { Player } from "./model-player.ts";
import { ask, realSide, type Side, simulatedSide, type Verdict, Watching } from "./model-side.ts";

const { admin, namespace } = useCluster();
const transport = connect(admin.kubeconfig);
afterAll(() => transport[Symbol.asyncDispose]());

const SEQUENCES = 80;
const POLICIES = collectionPath("AffinityPolicy");

function connect(kubeconfig: string): Transport {
  return new Transport({ credentials: findCredentials({ kubeconfig }), version: "test" });
}

function policy(name: string): object {
  return { apiVersion: "tandem.dev/v1alpha1", kind: "AffinityPolicy", metadata: { name }, spec: { vmSelector: {} } };
}

function versionOf({ body }: Verdict): string {
  return (body as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
}

const verdict = ({ status, reason, causes }: Verdict): object => ({ status, reason, causes });

describe("the API server of the simulation", () => {
  test("says what a real one says, to whatever it is asked", { timeout: 120_000 }, async () => {
    const [real, simulated] = [realSide(transport), simulatedSide()];
    let asked = 0;
    const property = fc.asyncProperty(operations, async (sequence) => {
      asked += sequence.length;
      const expected = await new Player(real, namespace).play(sequence);
      const said = await new Player(simulated, namespace).play(sequence);
      const first = expected.findIndex((entry, index) => !isDeepStrictEqual(entry, said[index]));
      expect(said[first], JSON.stringify(sequence)).toEqual(expected[first]);
    });
    await fc.assert(property, {
      seed: 20_261_124,
      numRuns: SEQUENCES,
    });
    process.stdout.write(`model: ${SEQUENCES} sequences, ${asked} operations, no difference\n`);
  });

  test("knows as little of the future", async () => {
    const answers = await Promise.all(
      [realSide(transport), simulatedSide()].map(async (side) => {
        const list = await ask(side, { method: "GET", path: POLICIES, query: { limit: 1 } });
        const resourceVersion = String(BigInt(versionOf(list)) + 1_000_000n);
        const query = { limit: 1, resourceVersion, resourceVersionMatch: "NotOlderThan" };
        const refused = await ask(side, { method: "GET", path: POLICIES, query });
        // Nobody refuses this: it waits, and says nothing of what comes before.
        const watching = await Watching.begin(side, POLICIES, { resourceVersion });
        const path = `${POLICIES}/of-now`;
        await ask(side, { method: "POST", path: POLICIES, body: policy("of-now") });
        await ask(side, { method: "DELETE", path });
        const sentinel = await Watching.begin(side, POLICIES, { resourceVersion: versionOf(list) });
        await sentinel.until((event) => (event as { type: string }).type === "DELETED");
        await watching.end();
        return { list: verdict(refused), watch: watching.events };
      }),
    );
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[0]?.list).toMatchObject({ status: 504, reason: "Timeout" });
  });

  test("has forgotten the same after a compaction and a restart", { timeout: 120_000 }, async () => {
    await using stack = new AsyncDisposableStack();
    const plane = stack.use(await startControlPlane({ say: () => {}, preferExisting: false }));
    await installCrds(stack.use(new Admin(plane.kubeconfig)));
    const simulated = simulatedSide();
    const forget = async () => {
      await compact(plane.etcdEndpoint);
      await plane.apiServer.kill();
      await plane.apiServer.start();
    };
    const expected = await aroundCompaction(realSide(stack.use(connect(plane.kubeconfig))), forget);
    expect(await aroundCompaction(simulated, async () => simulated.model.compact())).toEqual(expected);
    expect(expected).toMatchObject({ page: { status: 410 }, old: [{ type: "ERROR", object: { code: 410 } }] });
  });
});

async function aroundCompaction(side: Side, forget: () => Promise<void>): Promise<object> {
  const make = (name: string) => ask(side, { method: "POST", path: POLICIES, body: policy(name) });
  const first = versionOf(await make("one"));
  await make("two");
  const page = await ask(side, { method: "GET", path: POLICIES, query: { limit: 1 } });
  const token = (page.body as { metadata: { continue: string } }).metadata.continue;
  await make("three");
  await forget();
  const next = await ask(side, { method: "GET", path: POLICIES, query: { limit: 1, continue: token } });
  const now = await ask(side, { method: "GET", path: POLICIES, query: { limit: 1 } });
  const old = await Watching.begin(side, POLICIES, { resourceVersion: first });
  await old.until((event) => (event as { type: string }).type === "ERROR");
  const current = await Watching.begin(side, POLICIES, { resourceVersion: versionOf(now) });
  await make("four");
  await current.until((event) => (event as { type: string }).type === "ADDED");
  return {
    page: verdict(next),
    old: old.events.map((event) => {
      const { type, object } = event as { type: string; object: { code: number; reason: string } };
      return { type, object: { code: object.code, reason: object.reason } };
    }),
    current: current.events.map((event) => {
      const { type, object } = event as { type: string; object: { metadata: { name: string } } };
      return { type, name: object.metadata.name };
    }),
  };
}
