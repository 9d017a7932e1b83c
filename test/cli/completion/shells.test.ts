import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

/** Every kubectl on the PATH, and beside it: kubectl, kubectl.1.27 and so on. */
const KUBECTLS = kubectls();

let folder = "";
let env: NodeJS.ProcessEnv = {};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tandem-test-"));
  symlinkSync(join(ROOT, "bin/tandem"), join(folder, "tandem"));
  symlinkSync(join(ROOT, "bin/tandem"), join(folder, "kubectl-tandem"));
  symlinkSync(join(ROOT, "bin/kubectl_complete-tandem"), join(folder, "kubectl_complete-tandem"));
  env = {
    ...process.env,
    PATH: `${folder}${delimiter}${process.env.PATH}`,
    KUBECONFIG: "/dev/null",
    HOME: folder,
    XDG_CONFIG_HOME: folder,
  };
  for (const shell of SHELLS) writeFileSync(join(folder, `script.${shell}`), run("tandem", ["completion", shell]));
});

afterAll(() => rmSync(folder, { recursive: true }));

function run(program: string, args: readonly string[]): string {
  return execFileSync(program, args, { cwd: ROOT, env, encoding: "utf8", timeout: 20_000, stdio: "pipe" });
}

function installed(program: string): boolean {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
}

function kubectls(): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter).flatMap((path) => {
    const kubectl = join(path, "kubectl");
    return existsSync(kubectl) ? [path, dirname(realpathSync(kubectl))] : [];
  });
  const files = folders.flatMap((path) => readdirSync(path).map((name) => join(path, name)));
  return [...new Set(files.filter((file) => /\/kubectl(?:\.[0-9.]+)?$/.test(file)).map((file) => realpathSync(file)))];
}

/** What the line is once tab was pressed behind it, or what bash has to choose from. */
const COMPLETED: Readonly<Record<Shell, (line: string) => string>> = {
  bash: (line) => {
    // As bash splits it: = and : are words, and what stands between two blanks is not one.
    const words = line.split(/\s+|(?<=[=:])(?=[^\s])|(?=[=:])/);
    const source = `source ${folder}/script.bash; COMP_LINE=$1 COMP_POINT=\${#1}; shift; COMP_WORDS=("$@") COMP_CWORD=$(($#-1))
      _tandem; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return run("bash", ["--norc", "-c", source, "bash", line, ...words]).trim();
  },
  zsh: (line) => run("zsh", ["-f", join(import.meta.dirname, "drive.zsh"), join(folder, "script.zsh"), line]).trimEnd(),
  fish: (line) =>
    run("fish", ["--no-config", "-c", `source ${folder}/script.fish; complete -C '${line}'`])
      .trim()
      .replaceAll(/\t.*$/gm, ""),
};

/** [typed, what bash and fish offer, what zsh makes of it] */
const lines: [line: string, offers: { bash: string[]; fish?: string[] }, zsh: string][] = [
  ["tandem ren", { bash: ["render"] }, "tandem render"],
  ["tandem render -o y", { bash: ["yaml"] }, "tandem render -o yaml"],
  ["tandem render --output=y", { bash: ["yaml"], fish: ["--output=yaml"] }, "tandem render --output=yaml"],
  ["tandem render --recurs", { bash: ["--recursive"] }, "tandem render --recursive"],
  ["tandem render -f README", { bash: [], fish: ["README.md"] }, "tandem render -f README.md"],
  [
    "tandem render --filename=README",
    { bash: [], fish: ["--filename=README.md"] },
    "tandem render --filename=README.md",
  ],
  [
    "tandem render -f manifests/samples -n pay",
    { bash: ["payments"] },
    "tandem render -f manifests/samples -n payments",
  ],
  ["tandem completion f", { bash: ["fish"] }, "tandem completion fish"],
  ["tandem nonsense ", { bash: [] }, "tandem nonsense"],
];

describe.for(SHELLS)("%s", (shell) => {
  const there = installed(shell);
  test.for(lines)("%j", { timeout: 30_000 }, ([line, { bash, fish = bash }, zsh], { skip }) => {
    skip(!there, `${shell} is not installed`);
    const offers = (shell === "fish" ? fish : bash).join("\n");
    expect(COMPLETED[shell](line).trimEnd()).toBe(shell === "zsh" ? zsh : offers);
  });
});

describe("kubectl", () => {
  test("there is one", ({ skip }) => skip(KUBECTLS.length === 0, "kubectl is not installed"));

  test.for(KUBECTLS)("%s asks the plugin", { timeout: 30_000 }, (kubectl) => {
    const ask = (...words: string[]) => run(kubectl, ["__complete", "tandem", ...words]);
    expect(ask("rend")).toMatch(/^render\tprint .*\n:4\n$/);
    expect(ask("render", "-f", "manifests/samples", "-n", "")).toBe("databases\nlab\npayments\nshop\n:4\n");
    expect(ask("render", "-f", "")).toBe(":0\n");
    expect(ask("render", "--output=", "x")).toBe(":4\n");
  });

  test("runs it under that name", { timeout: 30_000 }, () => {
    for (const args of [["--help"], ["render", "--help"]]) {
      const help = run("kubectl-tandem", args);
      expect(help).toMatch(/^Usage: kubectl tandem /);
      expect(help).toMatch(/^ {2}kubectl tandem render -f/m);
      expect(help).not.toMatch(/^ {2}tandem /m);
      expect(run("tandem", args)).not.toContain("kubectl tandem");
    }
  });
});

test("whatever is wrong, there is no word about it, and the exit code is 0", () => {
  for (const words of [[], ["render", "-f", "/missing", "-n", ""], ["nonsense", "--x"], ["render", "--from-git", ""]]) {
    const { status, stdout, stderr } = spawnSync(join(ROOT, "bin/tandem"), ["__complete", ...words], {
      cwd: folder,
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^(?:[^\n:].*\n)*:[0246]\n$/);
  }
});
