import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readSources, writeYaml } from "../../../src/api/manifest/index.ts";
import { changes } from "../../../src/cli/diff/changes.ts";
import { patchOf, printPatch } from "../../../src/cli/diff/hunks.ts";
import { textOf } from "../../../src/cli/diff/text.ts";
import { type Estate, estateOf } from "../../../src/cli/input/estate.ts";
import { isEmpty, plan } from "../../../src/cli/plan/plan.ts";
import { resolve } from "../../../src/cli/statuses.ts";
import { estates, stream } from "../estates.ts";
import { items } from "../run.ts";

const MANAGER = "20.0";

/** Reads objects as a command would. */
async function read(objects: readonly object[]): Promise<Estate> {
  const stdin = (async function* () {
    yield Buffer.from(stream(objects));
  })();
  return await estateOf(readSources(["-"], { recursive: false, stdin }), { namespace: "default" });
}

const bothSides = fc.tuple(estates, estates);
const plain = (_: string, text: string) => text;

test("of an estate with itself there is nothing", async () => {
  await fc.assert(
    fc.asyncProperty(estates, fc.boolean(), async (objects, spec) => {
      const all = [
        ...changes(await read(objects), await read(objects.toReversed()), { managerVersion: MANAGER, spec }),
      ];
      expect(all.filter((change) => change !== undefined)).toEqual([]);
      expect(all.length).toBe(objects.filter((one) => "kind" in one && one.kind !== "Namespace").length);
    }),
    { numRuns: 50 },
  );
});

test("`git apply` makes side B of the statuses of side A", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(bothSides, fc.constantFrom(0, 1, 3), fc.boolean(), async ([a, b], context, spec) => {
      const [from, to] = [await read(a), await read(b)];
      const all = [...changes(from, to, { managerVersion: MANAGER, spec })].filter((change) => change !== undefined);
      const text = all.flatMap((change) => [...printPatch(patchOf(change, context), plain)]).join("");
      const path = mkdtempSync(join(tmpdir(), "tandem-test-"));
      try {
        for (const [name, content] of textsOf(from, spec)) {
          mkdirSync(dirname(join(path, name)), { recursive: true });
          writeFileSync(join(path, name), content);
        }
        if (text !== "") execFileSync("git", ["apply", "--unidiff-zero"], { cwd: path, input: text });
        expect(filesIn(path)).toEqual(textsOf(to, spec));
      } finally {
        rmSync(path, { recursive: true });
      }
    }),
    { numRuns: 60 },
  );
});

test("the way back is as long, and where there is no diff plan has nothing to say", async () => {
  await fc.assert(
    fc.asyncProperty(bothSides, fc.boolean(), async ([a, other], same) => {
      // Mostly alike: with one object less.
      const b = same ? a.slice(1) : other;
      const [from, to] = [await read(a), await read(b)];
      const options = { managerVersion: MANAGER, spec: false };
      const there = [...changes(from, to, options)].filter((change) => change !== undefined);
      const back = [...changes(to, from, options)].filter((change) => change !== undefined);
      const lengths = (all: typeof there) => all.map((change) => patchOf(change, 0));
      expect(lengths(back).map(({ path, insertions, deletions }) => [path, deletions, insertions])).toEqual(
        lengths(there).map(({ path, insertions, deletions }) => [path, insertions, deletions]),
      );
      const paths = new Set(there.map(({ path }) => path));
      const planned = plan(from, to, MANAGER);
      for (const { vm } of planned.vms) expect(paths).toContain(`ProtectedVM/${vm}`);
      if (there.length === 0) expect(isEmpty(planned)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test("what is compared is what render writes, but for times", async () => {
  const without = new Set(["observedGeneration", "lastTransitionTime", "observedTime", "time"]);
  await fc.assert(
    fc.asyncProperty(estates, async (objects) => {
      const texts = textsOf(await read(objects), false);
      for (const { kind, metadata, status } of await items(stream(objects))) {
        const name = metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
        const kept = JSON.parse(JSON.stringify(status, (key, value) => (without.has(key) ? undefined : value)));
        expect(texts.get(`${kind}/${name}`)).toBe(writeYaml(kept));
      }
    }),
    { numRuns: 50 },
  );
});

/** By path. */
function textsOf(estate: Estate, spec: boolean): Map<string, string> {
  const resolved = resolve(estate, MANAGER);
  const name = ({ metadata }: Estate["objects"][number]["object"]) =>
    [metadata.namespace, metadata.name].filter((part) => part !== undefined).join("/");
  const texts = estate.objects.map(
    (one) => [`${one.kind}/${name(one.object)}`, textOf(one, resolved, spec)] as [string, string],
  );
  return new Map(texts.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function filesIn(path: string): Map<string, string> {
  const names = readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(path, name)).isFile())
    .sort();
  return new Map(names.map((name) => [name, readFileSync(join(path, name), "utf8")]));
}
