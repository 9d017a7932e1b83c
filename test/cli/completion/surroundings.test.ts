import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { machine } from "../../../src/cli/completion/surroundings.ts";

const NOTHING = { namespace: [], vm: [], policy: [], appliance: [], host: [] };
const SAMPLES = join(import.meta.dirname, "../../../manifests/samples");

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "tandem-test-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test("names of the sample estate", async () => {
  const names = await machine(10_000).names([SAMPLES], false);
  expect(names.namespace).toEqual(["databases", "lab", "payments", "shop"]);
  expect(names.vm).toHaveLength(12);
  expect(names.vm).toContain("shop/web-1");
  expect(names.policy).toEqual(["database-spare-the-guest", "linux-guests", "pci-appliance-first", "web-agent-first"]);
  expect(names.appliance).toEqual(["dsva-esx-01", "dsva-esx-01-old", "dsva-esx-02", "dsva-esx-03"]);
  expect(names.host).toContain("esx-04.dc1.example");
  const above = folder();
  cpSync(SAMPLES, join(above, "samples"), { recursive: true });
  expect(await machine(10_000).names([above], false)).toEqual(NOTHING);
  expect(await machine(10_000).names([above], true)).toEqual(names);
});

test("what cannot be read, or would never end, has no names", async () => {
  const path = folder();
  execFileSync("sh", ["-c", 'mkfifo "$0"', join(path, "pipe.yaml")]);
  writeFileSync(join(path, "large.yaml"), `# ${"x".repeat(5 * 2 ** 20)}`);
  writeFileSync(join(path, "broken.yaml"), "kind: [\n---\nkind: ProtectedVM\napiVersion: v1\nmetadata: 7\nspec: [1]\n");
  writeFileSync(join(path, "binary.json"), Buffer.from([0, 255, 254, 1]));
  for (const paths of [[path], [join(path, "pipe.yaml")], [join(path, "missing")], ["-"], ["/dev/zero"]]) {
    expect(await machine(10_000).names(paths, true)).toEqual(NOTHING);
  }
});

test("a name that a shell would take for more than a word is not offered", async () => {
  const file = join(folder(), "a.yaml");
  const bad = ["$(reboot)", "a b", "a;b", "`x`", "a\u001b[2J", "'", "*", "~", "a\u202eb", "!1", "#", "a|b", "a\tb"];
  const all = [...bad, "good-1"].map((name) => ({
    apiVersion: "tandem.dev/v1alpha1",
    kind: "AffinityPolicy",
    metadata: { name },
  }));
  writeFileSync(file, all.map((one) => JSON.stringify(one)).join("\n---\n"));
  expect(await machine(10_000).names([file], false)).toEqual({ ...NOTHING, policy: ["good-1"] });
});

test("when the time is over there is what was found by then", async () => {
  expect(await machine(-1).names([SAMPLES], false)).toEqual(NOTHING);
});

test("revisions of the repository, but for those that a shell would run", async () => {
  const path = folder();
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.example", ...args], { cwd: path, stdio: "pipe" });
  vi.spyOn(process, "cwd").mockReturnValue(path);
  vi.stubEnv("GIT_DIR", join(path, ".git"));
  onTestFinished(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });
  expect(await machine(10_000).revisions()).toEqual([]);
  git("init", "-q", "-b", "main");
  git("commit", "-q", "--allow-empty", "-m", `first\u001b[2J ${"long ".repeat(40)}`);
  git("tag", "v1.0");
  git("branch", "feature/x");
  git("branch", "$(reboot)");
  const found = await machine(10_000).revisions();
  expect(found.map(({ value }) => value).sort()).toEqual(["HEAD", "feature/x", "main", "v1.0"]);
  const { meaning = "" } = found.find(({ value }) => value === "main") ?? {};
  expect(meaning).toMatch(/^first\\u001b\[2J long /);
  expect(meaning.length).toBeLessThan(70);
});

test("contexts of the kubeconfig given, or of those that the environment names", async () => {
  const path = folder();
  const config = (...names: string[]) => {
    const file = join(path, names[0] ?? "");
    const contexts = names.map((name) => ({ name, context: { cluster: "c", user: "u" } }));
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "Config", contexts }));
    return file;
  };
  mkdirSync(join(path, "folder"));
  vi.stubEnv(
    "KUBECONFIG",
    [config("lab", "admin@lab"), join(path, "missing"), path, config("a;b", "dc")].join(delimiter),
  );
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const names = async (file?: string) => (await machine(10_000).contexts(file)).map(({ value }) => value);
  expect(await names()).toEqual(["admin@lab", "dc", "lab"]);
  expect(await names(config("other"))).toEqual(["other"]);
  expect(await names(join(path, "missing"))).toEqual([]);
});
