import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "js-yaml";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { tools } from "../tools/tools.ts";
import { type Seen, stateOf, states } from "./states.ts";
import { CUSTOMIZATIONS, classOf, conditionOf, KINDS, type Tools, type Verdict, verdictsOn } from "./verdicts.ts";

const BUILD_TIMEOUT_MS = 10 * 60_000;
/** Every state that SPEC section 4 names, by what a tool may go by. */
const CLASSES = [
  "AffinityPolicy Ready=False/AffinityNotConfigurable Stalled",
  "AffinityPolicy Ready=False/InvalidSelector Stalled",
  "AffinityPolicy Ready=True/Accepted",
  "Appliance Ready=False/HostConflict Stalled",
  "Appliance Ready=False/UnsupportedVersion Stalled",
  "Appliance Ready=True/Accepted",
  "ProtectedVM Ready=False/DeliveryPending Reconciling",
  "ProtectedVM Ready=False/FeaturesUnprotected Stalled",
  "ProtectedVM Ready=False/InstallPending Reconciling",
  "ProtectedVM Ready=True/AllFeaturesActive",
];
/** Every other condition that it names. */
const CONDITIONS = `Protected=True/AllFeaturesActive Protected=False/FeaturesUnprotected Protected=False/InstallPending
  ModulesInstalled=False/InstallRequired ModulesInstalled=True/NothingToInstall PolicyDelivered=False/DeliveryPending
  PolicyDelivered=True/Delivered LicenseCompliant=False/NotLicensed LicenseCompliant=True/Licensed
  Healthy=False/SourceInError Healthy=True/NoErrorReported PolicyConflict=True/SamePriority
  Conflicted=True/SamePriority ApplianceOptOutRefused=True/CombinedMode AgentUnsupported=True/UnsupportedVersion
  AffinityIgnored=True/AffinityNotConfigurable Accepted=True/Accepted`.split(/\s+/);

const ALL = states();

test("the worlds reach every state that the specification names, in hundreds of combinations", () => {
  expect([...new Set([...ALL.values()].map(classOf))].toSorted()).toEqual(CLASSES);
  const seen = new Set([...ALL.keys()].flatMap((state) => state.split(" ")));
  expect(CONDITIONS.filter((condition) => !seen.has(condition))).toEqual([]);
  expect(ALL.size).toBeGreaterThan(300);
});

let built: Tools;
let reasonToSkip: string | undefined;
beforeAll(async () => {
  const found = await tools();
  if ("skipped" in found) reasonToSkip = found.skipped;
  else built = found;
}, BUILD_TIMEOUT_MS);

describe("in kstatus (kpt), Flux's edition of it and Argo CD's script", () => {
  beforeEach(({ skip }) => skip(reasonToSkip !== undefined, reasonToSkip));

  /** What each makes of every state in one situation, in a word: `Current Current Healthy`. */
  const words = (objects: readonly Seen[]): Set<string> =>
    new Set(
      verdictsOn(objects, built).map(({ kstatus, flux, argocd }) =>
        [kstatus, flux, argocd].map(({ status }) => status).join(" "),
      ),
    );
  const observed = (isIt: (object: Seen) => boolean) => [...ALL.values()].filter(isIt);
  const situated = (metadata: Partial<Seen["metadata"]>) =>
    [...ALL.values()].map((one) => ({ ...one, metadata: { ...one.metadata, ...metadata } }));
  const is = (type: string) => (object: Seen) => conditionOf(object, type)?.status === "True";

  test("what is Ready is done", () => {
    expect(words(observed(is("Ready")))).toEqual(new Set(["Current Current Healthy"]));
  });

  test("what is Reconciling is under way", () => {
    expect(words(observed(is("Reconciling")))).toEqual(new Set(["InProgress InProgress Progressing"]));
  });

  test("what is Stalled has failed", () => {
    expect(words(observed(is("Stalled")))).toEqual(new Set(["Failed Failed Degraded"]));
  });

  test("a status of an older spec counts for nothing, whatever it says", () => {
    expect(words(situated({ generation: 4 }))).toEqual(new Set(["InProgress InProgress Progressing"]));
  });

  test("nor does the status that the schema gives to a new object", () => {
    const fresh = [...ALL.values()].map((one) => ({ ...one, status: { observedGeneration: -1 } }));
    expect(words(fresh)).toEqual(new Set(["InProgress InProgress Progressing"]));
  });

  test("what is being deleted is on its way out, whatever its status says", () => {
    const deletionTimestamp = "2026-03-01T11:00:00Z";
    const leaving = new Set(["Terminating Terminating Progressing"]);
    expect(words(situated({ deletionTimestamp }))).toEqual(leaving);
    expect(words(situated({ deletionTimestamp, generation: 4 }))).toEqual(leaving);
  });

  test("Argo CD shows the message of Ready, and so do kpt and Flux of what is not done", () => {
    const objects = [...ALL.values()];
    const told = verdictsOn(objects, built);
    const ready = objects.map((object) => conditionOf(object, "Ready")?.message);
    expect(told.map(({ argocd }) => argocd.message)).toEqual(ready);
    for (const { kstatus, flux } of told) expect(flux).toEqual(kstatus);
    const failed = told.filter(({ kstatus }) => kstatus.status !== "Current");
    expect(failed.map(({ kstatus }) => kstatus.message)).toEqual(
      objects
        .filter((_, index) => told[index]?.kstatus.status !== "Current")
        .map((object) => conditionOf(object, "Ready")?.message),
    );
  });
});

describe.each(KINDS)("health.lua of %s, by the rules of Argo CD's own tests", (kind) => {
  beforeEach(({ skip }) => skip(reasonToSkip !== undefined, reasonToSkip));
  const folder = join(CUSTOMIZATIONS, kind);
  const read = (file: string) => load(readFileSync(join(folder, file), "utf8"));
  const { tests } = read("health_test.yaml") as { tests: { inputPath: string; healthStatus: Verdict }[] };

  test.each(tests)("$inputPath is $healthStatus.status", ({ inputPath, healthStatus }) => {
    expect(verdictsOn([read(inputPath) as Seen], built)[0]?.argocd).toEqual(healthStatus);
  });

  test("every file of testdata is tried", () => {
    const files = readdirSync(join(folder, "testdata")).map((file) => `testdata/${file}`);
    expect(tests.map(({ inputPath }) => inputPath).toSorted()).toEqual(files.toSorted());
  });

  test("testdata holds every state of the kind, and no state that the resolver does not give", () => {
    const objects = tests.map(({ inputPath }) => read(inputPath) as Seen);
    const decided = objects.filter(({ status }) => status.observedGeneration !== -1);
    expect(decided.map(stateOf).filter((state) => !ALL.has(state))).toEqual([]);
    expect([...new Set(decided.map(classOf))].toSorted()).toEqual(CLASSES.filter((one) => one.startsWith(`${kind} `)));
  });
});

test("the three scripts differ in their comment only", () => {
  const bodies = KINDS.map((kind) =>
    readFileSync(join(CUSTOMIZATIONS, kind, "health.lua"), "utf8").replace(/^--.*\n/, ""),
  );
  expect(new Set(bodies).size).toBe(1);
});

test("the Lua that they run in has no more than Argo CD gives: no string, no io, no os", ({ skip }) => {
  skip(reasonToSkip !== undefined, reasonToSkip);
  const folder = mkdtempSync(join(tmpdir(), "tandem-lua-"));
  try {
    const script = join(folder, "health.lua");
    const answer = (expression: string) => {
      writeFileSync(script, `return { status = "Healthy", message = tostring(${expression}) }`);
      const { message } = JSON.parse(execFileSync(built["argocd-health"], [script], { input: "{}", encoding: "utf8" }));
      return message;
    };
    expect(answer("_VERSION")).toBe("Lua 5.1");
    for (const name of ["string", "io", "os", "math", "debug", "coroutine"]) expect(answer(name), name).toBe("nil");
    for (const name of ["table", "package"]) expect(answer(name), name).toMatch(/^table/);
    expect(() => answer(`("x"):upper()`)).toThrow();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
