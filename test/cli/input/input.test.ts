import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type InputOptions, readInput } from "../../../src/cli/input/input.ts";
import { listing } from "../../../src/cli/input/problems.ts";
import { names, policy, problems, reading, vm } from "./io.ts";
import { enter, repository, temporaryFolder, write } from "./repository.ts";

const read = (options: Partial<InputOptions>, stdin = "") =>
  readInput({ namespace: "default", ...options }, reading(stdin));

test("one input of three, or the three ways are shown", async () => {
  await expect(read({})).rejects.toThrow(
    /^name the input:\n {2}-f PATH .*\n {2}--from-git REVISION .*\n {2}--context NAME /,
  );
  await expect(read({ filename: ["-"], context: "lab" })).rejects.toThrow("-f and --context are two inputs; give one");
  await expect(read({ fromGit: "main", kubeconfig: "x" })).rejects.toThrow(
    "--from-git and --kubeconfig are two inputs; give one",
  );
  await expect(read({ filename: ["-"], fromGit: "main" })).rejects.toThrow("standard input (-) is in no Git revision");
  await expect(read({ filename: ["-"], namespace: "A b" })).rejects.toThrow(/^--namespace: /);
});

test("files and standard input", async () => {
  const folder = temporaryFolder();
  write(folder, { "a.yaml": vm("a"), "b/b.yaml": policy("b") });
  enter(folder);
  expect(names(await read({ filename: [".", "-"] }, vm("c")))).toEqual(["ProtectedVM/a", "ProtectedVM/c"]);
  expect(names(await read({ filename: ["."], recursive: true }))).toEqual(["ProtectedVM/a", "AffinityPolicy/b"]);
});

test("a Git revision: the present folder, or what -f names", async () => {
  const folder = repository({
    "a.yaml": vm("a"),
    "b/b.yaml": policy("b"),
    "b/bad.yaml": vm("bad").replace("Linux", "x"),
  });
  rmSync(join(folder, "b"), { recursive: true });
  enter(folder);
  expect(names(await read({ fromGit: "main" }))).toEqual(["ProtectedVM/a"]);
  expect(names(await read({ fromGit: "main", filename: ["b/b.yaml"] }))).toEqual(["AffinityPolicy/b"]);
  const { problems: found } = await read({ fromGit: "main", filename: ["b"] });
  expect(listing(found)).toBe(
    'main:b/bad.yaml:4:17: spec.guestOS: "x" is not allowed; allowed: Windows, Linux, Other\n1 problem in 1 file\n',
  );
});

test("a cluster that cannot be reached is told in one line", async () => {
  const folder = temporaryFolder();
  const kubeconfig = join(folder, "config");
  const cluster = (server: string) =>
    write(folder, {
      config: `apiVersion: v1\nkind: Config\ncurrent-context: lab\ncontexts: [{name: lab, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: "${server}"}}]\nusers: [{name: u, user: {token: t}}]\n`,
    });
  cluster("http://127.0.0.1:1");
  await expect(read({ kubeconfig })).rejects.toThrow(
    /^the cluster: it cannot be reached, or is too slow: .*ECONNREFUSED/,
  );
  await expect(read({ context: "lab", kubeconfig })).rejects.toThrow(/^cluster lab: it cannot be reached/);
  await expect(read({ context: "moon", kubeconfig })).rejects.toThrow(
    /^cluster moon: .*no context "moon"; there are: lab$/,
  );
});

test("every object knows where it stands: the places of its paths, and the text around it", async () => {
  const folder = temporaryFolder();
  const list = `apiVersion: v1\nkind: List\nitems:\n# on c\n- ${vm("c").trimEnd().replaceAll("\n", "\n  ")}\n`;
  write(folder, {
    "a.yaml": `# on a\n${vm("a")}---\n${vm("b")}`,
    "c.yaml": list,
    "d.json":
      '{"apiVersion":"tandem.dev/v1alpha1",\n"kind":"Appliance","metadata":{"name":"d"},"spec":{"hostName":"h"}}',
  });
  enter(folder);
  const estate = await read({ filename: ["."] });
  expect(problems(estate)).toEqual([]);
  const places = estate.objects.map((tandem) => {
    const origin = estate.manifestOf(tandem);
    const { file, line, column } = origin.problem(["spec"], "", "key");
    return [`${file}:${line}:${column}`, origin.source?.text.slice(origin.start, origin.end).split("\n")[0]];
  });
  expect(places).toEqual([
    ["a.yaml:5:1", "# on a"],
    ["a.yaml:10:1", "apiVersion: tandem.dev/v1alpha1"],
    ["c.yaml:8:3", "# on c"],
    ["d.json:2:44", '{"apiVersion":"tandem.dev/v1alpha1",'],
  ]);
});

test("on a terminal long reading says how far it is, and leaves nothing behind", async () => {
  const io = reading(vm("a"), true);
  await readInput({ namespace: "default", filename: ["-"] }, io);
  expect(io.said[0]).toContain("reading standard input: 0 objects");
  expect(io.said.at(-1)).toBe("\r\u001b[2K");
  const silent = reading(vm("a"), false);
  await readInput({ namespace: "default", filename: ["-"] }, silent);
  expect(silent.said).toEqual([]);
});
