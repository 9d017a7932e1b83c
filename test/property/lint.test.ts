import fc from "fast-check";
import { expect, test } from "vitest";
import { SourceText } from "../../src/api/manifest/index.ts";
import { estateOf } from "../../src/cli/input/estate.ts";
import { findingsOf } from "../../src/cli/lint/find.ts";
import type { Finding } from "../../src/cli/lint/finding.ts";
import { contradiction } from "../../src/resolve/explain/contradiction.ts";
import { meets, type Requirement } from "../../src/resolve/selector.ts";
import { estates, stream } from "../cli/estates.ts";
import { type Item, items } from "../cli/run.ts";
import { estate } from "./arbitraries.ts";

const versions = fc.constantFrom("9.6", "20.0", "20.0", "20.0");

async function lint(text: string, version: string): Promise<Finding[]> {
  const sources = (async function* () {
    yield new SourceText("estate.yaml", text);
  })();
  return findingsOf(await estateOf(sources, { namespace: "default" }), version);
}

function conditions(item: Item): string[] {
  const all = item.status.conditions as { type: string; status: string; reason: string }[];
  return all.map(({ type, status, reason }) => `${type}=${status}/${reason}`);
}

/** The names of the policies or appliances that have a code. */
function having(findings: readonly Finding[], code: string): string[] {
  return findings.flatMap(({ rule, about }) => (rule.code === code ? [about?.name ?? ""] : [])).sort();
}

/** The VMs that have a code. */
function vmsHaving(findings: readonly Finding[], code: string): string[] {
  return findings.flatMap(({ rule, vms }) => (rule.code === code ? vms : [])).sort();
}

const keyOf = ({ metadata: { namespace, name } }: Item) => `${namespace}/${name}`;

test("lint agrees with the statuses that render gives", async () => {
  await fc.assert(
    fc.asyncProperty(estates, versions, async (objects, version) => {
      const text = stream(objects);
      const findings = await lint(text, version);
      const rendered = await items(text, "--manager-version", version);
      const named = (kind: string, is: (item: Item) => boolean) =>
        rendered
          .filter((item) => item.kind === kind && is(item))
          .map(({ metadata }) => metadata.name)
          .sort();
      const vms = (is: (item: Item) => boolean) =>
        rendered
          .filter((item) => item.kind === "ProtectedVM" && is(item))
          .map(keyOf)
          .sort();
      const counts = ({ status }: Item) => status.vms as { matched: number; effective: number };
      const silent = ({ spec }: Item) => Object.keys(spec.affinity ?? {}).length === 0;
      const judged = rendered.some(({ kind }) => kind === "ProtectedVM");
      const rows = ({ status }: Item) =>
        status.features as { decidedBy: string; affinity: string; source: string; reason: string }[];

      // No selector of these estates is invalid or contradicts itself.
      expect(having(findings, "TL102")).toEqual(named("AffinityPolicy", (one) => judged && counts(one).matched === 0));
      expect(having(findings, "TL110")).toEqual(named("AffinityPolicy", silent));
      expect([...having(findings, "TL111")]).toEqual(
        named(
          "AffinityPolicy",
          (one) => version !== "9.6" && !silent(one) && counts(one).matched > 0 && counts(one).effective === 0,
        ),
      );
      expect(having(findings, "TL113")).toEqual(
        named("AffinityPolicy", (one) => conditions(one).includes("Conflicted=True/SamePriority")),
      );
      expect(having(findings, "TL114")).toEqual(
        named(
          "AffinityPolicy",
          (one) => !silent(one) && conditions(one).includes("Accepted=False/AffinityNotConfigurable"),
        ),
      );
      for (const [code, affinity] of [
        ["TL120", "ApplianceOnly"],
        ["TL121", "AgentOnly"],
      ] as const) {
        expect(having(findings, code)).toEqual(
          named("AffinityPolicy", ({ metadata }) =>
            rendered.some(
              (vm) =>
                vm.kind === "ProtectedVM" &&
                rows(vm).some(
                  (row) =>
                    row.source === "None" && row.affinity === affinity && row.decidedBy === `Policy/${metadata.name}`,
                ),
            ),
          ),
        );
      }
      const losing = (is: (row: { decidedBy: string; reason: string }) => boolean) =>
        vms((one) => rows(one).some((row) => row.source === "None" && is(row)));
      expect(vmsHaving(findings, "TL201")).toEqual(
        losing((row) => row.decidedBy === "VM" && row.reason === "NoFallback"),
      );
      expect(vmsHaving(findings, "TL202")).toEqual(losing((row) => row.decidedBy === "Fixed"));
      expect(vmsHaving(findings, "TL203")).toEqual(losing((row) => row.reason === "NoSource"));
      for (const [code, condition] of [
        ["TL204", "ApplianceOptOutRefused=True/CombinedMode"],
        ["TL205", "LicenseCompliant=False/NotLicensed"],
        ["TL206", "AgentUnsupported=True/UnsupportedVersion"],
        ["TL207", "AffinityIgnored=True/AffinityNotConfigurable"],
      ] as const) {
        expect(vmsHaving(findings, code)).toEqual(vms((one) => conditions(one).includes(condition)));
      }
      for (const [code, condition] of [
        ["TL301", "Accepted=False/HostConflict"],
        ["TL302", "Accepted=False/UnsupportedVersion"],
      ] as const) {
        expect(having(findings, code)).toEqual(named("Appliance", (one) => conditions(one).includes(condition)));
      }
    }),
  );
});

test("every place lies in the text, on the object that is named", async () => {
  await fc.assert(
    fc.asyncProperty(estates, versions, async (objects, version) => {
      // One object a line.
      const text = stream(objects);
      const lines = text.split("\n");
      for (const { place, about } of await lint(text, version)) {
        const line = lines[(place.line ?? 0) - 1] ?? "";
        expect(place.column).toBeLessThanOrEqual(line.length);
        const { kind, metadata } = JSON.parse(line) as { kind: string; metadata: { name: string; namespace?: string } };
        expect({ kind, name: metadata.name, namespace: metadata.namespace }).toEqual({
          namespace: undefined,
          ...about,
        });
      }
    }),
  );
});

test("the order of the documents changes no finding", async () => {
  const withOrder = estates.chain((objects) =>
    fc.tuple(fc.constant(objects), fc.shuffledSubarray(objects, { minLength: objects.length })),
  );
  const told = (findings: readonly Finding[]) =>
    findings.map(({ rule, message, vms, identity }) => JSON.stringify([rule.code, message, vms, identity])).sort();
  await fc.assert(
    fc.asyncProperty(withOrder, versions, async ([objects, shuffled], version) => {
      expect(told(await lint(stream(shuffled), version))).toEqual(told(await lint(stream(objects), version)));
    }),
  );
});

test("an object and a code are one finding, and fingerprints differ", async () => {
  await fc.assert(
    fc.asyncProperty(estates, versions, async (objects, version) => {
      const findings = await lint(stream(objects), version);
      const identities = findings.map(({ rule, identity }) => `${rule.code} ${identity}`);
      expect(new Set(identities).size).toBe(identities.length);
      const pairs = findings.flatMap(({ rule, about, vms }) =>
        about?.kind === "ProtectedVM"
          ? vms.map((key) => `${rule.code} ${key}`)
          : [`${rule.code} ${about?.kind} ${about?.name}`],
      );
      expect(new Set(pairs).size).toBe(pairs.length);
    }),
  );
});

const requirement: fc.Arbitrary<Requirement> = fc.oneof(
  fc.record({
    operator: fc.constantFrom("In" as const, "NotIn" as const),
    key: fc.constantFrom("a", "b"),
    values: fc.array(fc.constantFrom("x", "y", ""), { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ operator: fc.constantFrom("Exists" as const, "DoesNotExist" as const), key: fc.constantFrom("a", "b") }),
);

test("requirements contradict each other if, and only if, no labels meet all of them", () => {
  const values = [undefined, "x", "y", "", "other"];
  const worlds = values.flatMap((a) =>
    values.map((b) => ({ ...(a !== undefined && { a }), ...(b !== undefined && { b }) })),
  );
  fc.assert(
    fc.property(fc.array(requirement, { maxLength: 4 }), (requirements) => {
      const isMet = worlds.some((labels) => requirements.every((one) => meets(one, labels)));
      const found = contradiction(requirements);
      expect(found === undefined).toBe(isMet);
      if (found === undefined) return;
      expect(new Set(found.map(({ key }) => key)).size).toBe(1);
      expect(worlds.some((labels) => found.every((one) => meets(one, labels)))).toBe(false);
    }),
  );
});

test("no estate, however bad, is too much: selectors that are invalid, nulls, objects that are refused", async () => {
  const broken = estate.map(({ appliances, policies, vms, namespaces, managerVersion }) => {
    const kinds = { Appliance: appliances, AffinityPolicy: policies, ProtectedVM: vms };
    const objects = Object.entries(kinds).flatMap(([kind, all]) =>
      all.map((object) => ({ apiVersion: "tandem.dev/v1alpha1", kind, ...object })),
    );
    const described = Object.entries(namespaces).map(([name, labels]) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, labels },
    }));
    return { text: stream([...objects, ...described]), managerVersion };
  });
  await fc.assert(
    fc.asyncProperty(broken, async ({ text, managerVersion }) => {
      const findings = await lint(text, managerVersion);
      const lines = text.split("\n").length;
      for (const { place } of findings) expect(place.line).toBeLessThanOrEqual(lines);
      // A policy that selects nothing has one reason.
      const nothing = ["TL101", "TL102", "TL103"].flatMap((code) => having(findings, code));
      expect(new Set(nothing).size).toBe(nothing.length);
    }),
  );
});
