import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { asServed, caseRef, cases, enact, release } from "../../gitops/cases.ts";
import { DOCUMENT, documentWith } from "../../gitops/document.ts";
import { type Found, verdictTable } from "../../gitops/table.ts";
import { verdictsOn } from "../../gitops/verdicts.ts";
import {
  installInventoryKind,
  kptStatus,
  kubectls,
  output,
  readyBy,
  removeInventoryKind,
  type Shell,
} from "../../gitops/waiters.ts";
import { tools } from "../../tools/tools.ts";
import { useCluster } from "../fixture.ts";
import { eightAtATime } from "./support.ts";

/*
 * Objects on a real API server in every state, and every tool that waits for one. No controller is at work: it would repair
 * them. `vitest run -u` on this file writes the table of docs/gitops.md anew.
 */
const { admin, namespace } = useCluster();
const BUILD_TIMEOUT_MS = 10 * 60_000;
const CASES = cases();
const SCOPES = { ProtectedVM: ["--namespace", namespace], AffinityPolicy: [], Appliance: [] };
const shell: Shell = { kubeconfig: inject("kubeconfig"), home: mkdtempSync(join(tmpdir(), "tandem-gitops-")) };
const idOf = ({ kind, metadata }: { kind: string; metadata: { name: string } }) => `${kind} ${metadata.name}`;

let built: Awaited<ReturnType<typeof tools>>;
/** By kubectl, what it takes for Ready. */
let answers: readonly (readonly [name: string, ready: ReadonlySet<string>])[];
beforeAll(async () => {
  built = await tools();
  await eightAtATime(CASES, (one) => enact(admin, one, namespace));
  const asked = kubectls().map(async (file) => [basename(file), await readyBy(shell, file, SCOPES)] as const);
  answers = await Promise.all(asked);
}, BUILD_TIMEOUT_MS);
const NO_KUBECTL = "there is no kubectl on the PATH";

afterAll(async () => {
  await eightAtATime(CASES, (one) => release(admin, one, namespace));
  rmSync(shell.home, { recursive: true });
});

test("kubectl wait --for=condition=Ready says the same in every version that is here", async ({ skip }) => {
  const [[, first] = [], ...others] = answers;
  if (first === undefined) return skip(NO_KUBECTL);
  expect(first.size).toBeGreaterThan(0);
  for (const [name, ready] of others) expect([...ready].toSorted(), name).toEqual([...first].toSorted());
});

test("every tool's verdict on every state is the one that docs/gitops.md publishes", async ({ skip }) => {
  if ("skipped" in built) return skip(built.skipped);
  const [[, ready] = []] = answers;
  if (ready === undefined) return skip(NO_KUBECTL);
  const served = await asServed(admin, CASES);
  const verdicts = verdictsOn(
    served.map(({ object }) => object),
    built,
  );
  const found = served.map(({ object, situation }, index): Found => {
    const { kstatus, flux, argocd } = verdicts[index] ?? {};
    expect(flux, idOf(object)).toEqual(kstatus);
    const wait = ready.has(idOf(object)) ? "ends" : "goes on";
    return { object, situation, words: [kstatus?.status ?? "", argocd?.status ?? "", wait] };
  });
  const table = verdictTable(["kpt, Flux (kstatus)", "Argo CD", "`kubectl wait --for=condition=Ready`"], found);
  await expect(documentWith("verdicts", table)).toMatchFileSnapshot(DOCUMENT);
});

test("kpt live status says what its library says", async ({ skip }) => {
  if ("skipped" in built) return skip(built.skipped);
  for (const tool of ["kpt", "kubectl"]) {
    const there = output(shell, tool, ["version", "--client"]).catch(() => undefined);
    if ((await there) === undefined) skip(`there is no ${tool} on the PATH`);
  }
  const wasMissing = await installInventoryKind(shell);
  try {
    const statuses = await kptStatus(
      shell,
      namespace,
      CASES.map((one) => caseRef(one, namespace)),
    );
    const served = await asServed(admin, CASES);
    const objects = served.map(({ object }) => object);
    const verdicts = verdictsOn(objects, built);
    const expected = objects.map((object, index) => [idOf(object), verdicts[index]?.kstatus.status] as const);
    expect(Object.fromEntries(statuses)).toEqual(Object.fromEntries(expected));
  } finally {
    if (wasMissing) await removeInventoryKind(shell);
  }
});
