import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSides, type Sides, type SidesOptions } from "../../../src/cli/input/sides.ts";
import { withoutEmptySides } from "../../../src/cli/input/source.ts";
import { names, policy, problems, reading, vm } from "./io.ts";
import { commit, enter, git, repository, temporaryFolder, write } from "./repository.ts";

const read = (options: Partial<SidesOptions>, stdin = "") =>
  readSides({ namespace: "default", ...options }, reading(stdin));
const both = ({ from, to }: Sides) => [names(from), names(to)];

/** A repository with `a` and `b` at `v1`, and with `a` and `c` in the files of today. */
function changed(): string {
  const folder = repository({ "x/a.yaml": vm("a"), "x/b.yaml": vm("b"), "other.yaml": policy("o") });
  git(folder, "tag", "v1");
  rmSync(join(folder, "x/b.yaml"));
  write(folder, { "x/c.yaml": vm("c") });
  enter(folder);
  return folder;
}

test("a folder at a Git revision, and as it is now", async () => {
  const folder = changed();
  const expected = [
    ["ProtectedVM/a", "ProtectedVM/b"],
    ["ProtectedVM/a", "ProtectedVM/c"],
  ];
  expect(both(await read({ fromGit: "v1", filename: ["x"] }))).toEqual(expected);
  expect(both(await read({ from: "git:v1", filename: ["x"] }))).toEqual(expected);
  commit(folder);
  expect(both(await read({ from: "git:v1", to: "git:main", filename: ["x"] }))).toEqual(expected);
  expect(both(await read({ to: "git:v1", filename: ["x"] }))).toEqual([...expected].reverse());
  // Without -f it is the present folder on both sides.
  expect(both(await read({ fromGit: "v1" }))).toEqual([["AffinityPolicy/o"], ["AffinityPolicy/o"]]);
});

test("two folders, and standard input as one of the sides", async () => {
  changed();
  write(".", { "old/a.yaml": vm("a") });
  expect(both(await read({ from: "old", to: "x" }))).toEqual([["ProtectedVM/a"], ["ProtectedVM/a", "ProtectedVM/c"]]);
  expect(both(await read({ from: "-", filename: ["old"] }, policy("p")))).toEqual([
    ["AffinityPolicy/p"],
    ["ProtectedVM/a"],
  ]);
});

test("what is the same text on both sides is the same object", async () => {
  changed();
  const { from, to } = await read({ fromGit: "v1", filename: ["x"] });
  expect(to.objects[0]).toBe(from.objects[0]);
  const [a] = to.objects;
  if (a === undefined) throw new Error("no object");
  expect(from.manifestOf(a).problem([], "").file).toBe("v1:x/a.yaml");
  expect(to.manifestOf(a).problem([], "").file).toBe("x/a.yaml");
});

test("a pull request that adds or deletes everything is shown; a path that is nowhere is a mistake", async () => {
  const folder = changed();
  rmSync(join(folder, "x"), { recursive: true });
  write(folder, { "new/d.yaml": vm("d") });
  const deleted = await read({ fromGit: "v1", filename: ["x"] });
  expect(both(deleted)).toEqual([["ProtectedVM/a", "ProtectedVM/b"], []]);
  expect(problems(deleted)).toEqual([]);
  const added = await read({ fromGit: "v1", filename: ["new"] });
  expect(both(added)).toEqual([[], ["ProtectedVM/d"]]);
  expect(problems(added)).toEqual([]);
  expect(problems(await read({ fromGit: "v1", filename: ["x", "tpyo"] }))).toEqual([
    "v1:tpyo: there is no such file or directory",
    "tpyo: there is no such file or directory",
  ]);
  // Paths of their own may not be absent.
  expect(problems(await read({ from: "new", to: "tpyo" }))).toEqual(["tpyo: there is no such file or directory"]);
});

test("a folder without manifests is an empty side, unless they may be deeper in it; two empty sides are a mistake", async () => {
  write(temporary(), { "old/a.yaml": vm("a"), "empty/README": "", "deep/er/a.yaml": vm("a") });
  const { to, problems: none } = await read({ from: "old", to: "empty" });
  expect([names(to), none]).toEqual([[], []]);
  expect(problems(await read({ from: "old", to: "deep" }))[0]).toMatch(/^deep: has no manifest; .*; -R descends$/);
  await expect(read({ from: "empty", to: "empty/README" })).rejects.toThrow("neither side has a ProtectedVM");
});

function temporary(): string {
  const folder = temporaryFolder();
  enter(folder);
  return folder;
}

test("--with puts objects on both sides; those of a side win", async () => {
  write(temporary(), {
    "old/p.yaml": policy("p"),
    "new/p.yaml": policy("q"),
    "vms.yaml": `${vm("a")}---\n${policy("p").replace("AgentOnly", "ApplianceOnly")}---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {env: prod}}\n`,
  });
  const sides = await read({ from: "old", to: "new", with: ["vms.yaml"] });
  expect(both(sides)).toEqual([
    ["ProtectedVM/a", "AffinityPolicy/p"],
    ["ProtectedVM/a", "AffinityPolicy/p", "AffinityPolicy/q"],
  ]);
  const affinities = ({ objects }: Sides["from"]) =>
    objects.flatMap(({ kind, object }) => (kind === "AffinityPolicy" ? [object.spec.affinity?.network] : []));
  expect([affinities(sides.from), affinities(sides.to)]).toEqual([["AgentOnly"], ["ApplianceOnly", "AgentOnly"]]);
  for (const side of [sides.from, sides.to]) expect(side.namespaces.get("shop")).toEqual({ env: "prod" });
});

test("--apply keeps what the other side does not name", async () => {
  write(temporary(), { "old/a.yaml": vm("a"), "old/b.yaml": vm("b"), "new/b.yaml": vm("b").replace("Linux", "Other") });
  const sides = await read({ from: "old", to: "new", apply: true });
  expect(both(sides)).toEqual([
    ["ProtectedVM/a", "ProtectedVM/b"],
    ["ProtectedVM/a", "ProtectedVM/b"],
  ]);
  expect(sides.to.objects.map(({ object }) => JSON.stringify(object.spec).includes("Other"))).toEqual([false, true]);
});

test("a VM without a status has that of the other side, which stays as it is", async () => {
  const status = 'status: {delivered: {revision: "00000000"}}\n';
  write(temporary(), {
    "old/a.yaml": vm("a", status).replace("name: a", "name: a, generation: 7"),
    "new/a.yaml": vm("a"),
    "new/b.yaml": vm("b"),
    "old/c.yaml": vm("c", status),
    "new/c.yaml": vm("c", status.replace("00000000", "11111111")),
  });
  const { from, to } = await read({ from: "old", to: "new" });
  const delivered = (side: Sides["from"]) =>
    side.objects.map(({ kind, object }) => [
      object.metadata.generation,
      kind === "ProtectedVM" ? object.status?.delivered?.revision : "",
    ]);
  expect([delivered(from), delivered(to)]).toEqual([
    [
      [7, "00000000"],
      [undefined, "00000000"],
    ],
    [
      [7, "00000000"],
      [undefined, undefined],
      [undefined, "11111111"],
    ],
  ]);
  const back = await read({ from: "new", to: "old" });
  expect(delivered(back.from)).toEqual([
    [undefined, undefined],
    [undefined, undefined],
    [undefined, "11111111"],
  ]);
});

test("problems of both sides are told, each once", async () => {
  write(temporary(), { "old.yaml": vm("A"), "new.yaml": vm("B"), "with.yaml": vm("C") });
  const sides = await read({ from: "old.yaml", to: "new.yaml", with: ["with.yaml", "old.yaml"] });
  expect(problems(sides).map((text) => text.replace(/: metadata.*/, ""))).toEqual([
    "old.yaml:3:18",
    "new.yaml:3:18",
    "with.yaml:3:18",
  ]);
});

const unclear: [SidesOptions | Partial<SidesOptions>, RegExp][] = [
  [{}, /^name two sides:\n/],
  [{ filename: ["x"] }, /^name two sides:\n/],
  [{ from: "x" }, /^--to is missing, or -f PATH for that side$/],
  [{ to: "cluster" }, /^--from is missing, or -f PATH for that side$/],
  [{ from: "a", fromGit: "b" }, /^--from and --from-git both name what is replaced; give one$/],
  [{ from: "a", to: "b", filename: ["c"] }, /^-f names the files of a side, and both sides are named/],
  [{ from: "git:a", to: "git:a" }, /^both sides are the same$/],
  [{ from: "a", filename: ["a"] }, /^both sides are the same$/],
  [{ from: "-", filename: ["-"] }, /^both sides are the same$/],
  [{ from: "-", to: "a", with: ["-"] }, /^standard input \(-\) can be read only once$/],
  [{ from: "git:", filename: ["a"] }, /^git: needs a revision behind it$/],
  [{ from: "cluster:", filename: ["a"] }, /^cluster: needs a context behind it$/],
  [{ from: "", to: "a" }, /^a source is empty; name a path/],
  [{ from: "a", to: "b", context: "lab" }, /^no side is a cluster; name one: --from cluster, or --from cluster:lab$/],
];

test.for(unclear)("what cannot be compared is said: %j", async ([options, message]) => {
  await expect(read(options)).rejects.toThrow(message);
});

test("--to -f PATH is read as -f PATH", () => {
  const cases: [string, string][] = [
    ["plan --from cluster --to -f x", "plan --from cluster -f x"],
    ["plan --from -fx --to cluster", "plan -fx --to cluster"],
    ["plan --from cluster --to --filename=x -R", "plan --from cluster --filename=x -R"],
    ["plan --from a --to b -f c", "plan --from a --to b -f c"],
    ["plan --from a --to --fail-on losses", "plan --from a --to --fail-on losses"],
    ["plan -- --to -f", "plan -- --to -f"],
    ["plan --to", "plan --to"],
  ];
  for (const [given, expected] of cases) expect(withoutEmptySides(given.split(" ")).join(" ")).toBe(expected);
});
