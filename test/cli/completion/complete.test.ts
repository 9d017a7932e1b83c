import fc from "fast-check";
import { expect, test } from "vitest";
import { command, INPUT, output, SIDES } from "../../../src/cli/command.ts";
import { COMMANDS } from "../../../src/cli/commands.ts";
import { type Answer, complete, type Surroundings } from "../../../src/cli/completion/complete.ts";

const asked: string[] = [];
const AROUND: Surroundings = {
  revisions: async () => [{ value: "HEAD" }, { value: "main", meaning: "the newest" }],
  contexts: async (kubeconfig) => (kubeconfig === undefined ? [{ value: "lab" }] : [{ value: `of-${kubeconfig}` }]),
  names: async (paths, recursive) => {
    asked.push(`${paths.join(" ")}${recursive ? " -R" : ""}`);
    return {
      namespace: ["lab", "shop"],
      vm: ["lab/pc", "shop/web-1"],
      policy: ["pci"],
      appliance: ["dsva-1", "dsva-2"],
      host: ["esx-1"],
    };
  },
  words: async (of) => (of === "guards" ? ["losses", "installs"] : ["TL1", "TL2"]).map((value) => ({ value })),
};

const run = async () => 0;
const TRIAL = [
  command<unknown>({
    name: "look",
    summary: "look at one",
    description: "",
    arguments: [
      { syntax: "<kind>", meaning: "" },
      { syntax: "<name>", meaning: "" },
      { syntax: "[feature]", meaning: "" },
    ],
    options: [...INPUT, output("tree", "json"), { flags: "--secret", meaning: "", hidden: true }],
    examples: "",
    run,
  }),
  command<unknown>({
    name: "halt",
    summary: "halt some",
    description: "",
    arguments: [
      { syntax: "<kind>", meaning: "", choices: ["appliance", "host"] },
      { syntax: "[name...]", meaning: "" },
    ],
    options: [...INPUT],
    examples: "",
    run,
  }),
  command<unknown>({
    name: "compare",
    summary: "compare two",
    description: "",
    options: [
      ...SIDES,
      { flags: "--fail-on <guards>", meaning: "" },
      { flags: "--only <codes>", meaning: "" },
      { flags: "--explain <code>", meaning: "" },
    ],
    examples: "",
    run,
  }),
];

/** A line as one types it; a blank at the end begins the next word. */
function at(line: string): Promise<Answer> {
  return complete(TRIAL, line.split(" "), AROUND);
}

const lines: [line: string, found: string][] = [
  ["", "look halt compare"],
  ["h", "halt"],
  ["x", ""],
  ["--", "--version --help"],
  ["nonsense ", ""],
  ["nonsense --", ""],
  ["look ", "vm policy appliance"],
  ["look vm ", "lab/pc shop/web-1"],
  ["look vm s", "shop/web-1"],
  ["look policy ", "pci"],
  ["look vm shop/web-1 F", "Firewall"],
  ["look vm -o json shop/web-1 W", "WebReputation"],
  ["halt ", "appliance host"],
  ["halt appliance ", "dsva-1 dsva-2"],
  ["halt appliance dsva-1 ", "dsva-2"],
  ["halt host -- ", "esx-1"],
  ["look -o ", "tree json"],
  ["look -o j", "json"],
  ["look -oj", "-ojson"],
  ["look --output=", "--output=tree --output=json"],
  ["look --output=t", "--output=tree"],
  ["look --nothing=t", ""],
  ["look --recursive=t", ""],
  ["look --con", "--context"],
  ["look --recursive --rec", ""],
  ["look -R --rec", ""],
  ["look -R --filename a --fil", "--filename"],
  ["look --sec", ""],
  ["look --he", "--help"],
  ["look -n ", "lab shop"],
  ["look --from-git m", "main"],
  ["look --context ", "lab"],
  ["look --kubeconfig other --context ", "of-other"],
  ["compare --from ", "git: cluster cluster:"],
  ["compare --from git:", "git:HEAD git:main"],
  ["compare --to=git:m", "--to=git:main"],
  ["compare --with cluster:", "cluster:lab"],
  ["compare --with cluster:lab --wi", "--with"],
  ["compare --fail-on ", "losses installs"],
  ["compare --fail-on installs>5,", "installs>5,losses"],
  ["compare --only=TL1,", "--only=TL1,TL2"],
  ["compare --explain TL2", "TL2"],
  ["compare --explain TL1,", ""],
];

test.for(lines)("%j", async ([line, found]) => {
  expect((await at(line)).candidates.map(({ value }) => value).join(" ")).toBe(found);
});

test("candidates say what they are", async () => {
  expect((await at("ha")).candidates).toEqual([{ value: "halt", meaning: "halt some" }]);
  expect((await at("look --from-git m")).candidates).toEqual([{ value: "main", meaning: "the newest" }]);
});

test("where nothing else is to come, options do", async () => {
  for (const line of ["compare ", "look policy pci Firewall ", "look policy pci "]) {
    const values = (await at(line)).candidates.map(({ value }) => value);
    expect(values).toContain("--recursive");
    expect(values).not.toContain("--secret");
  }
});

test("paths are left to the shell, and only where a path can stand", async () => {
  for (const line of ["look -f ", "look --filename=a", "look -Rfa", "compare --from ", "compare --to est"]) {
    expect((await at(line)).paths, line).toBe(true);
  }
  for (const line of ["", "look ", "look -o ", "compare --from git:", "look --context "]) {
    expect((await at(line)).paths, line).toBe(false);
  }
});

test("names come from the files that the line has named before", async () => {
  asked.length = 0;
  await at("halt host -f a --filename=b -Rfc ");
  await at("compare --from d --to e -n ");
  await at("look vm ");
  expect(asked).toEqual(["a b c -R", "d e", ""]);
});

const words = fc.array(
  fc.oneof(
    fc.constantFrom(...COMMANDS.map(({ name }) => name), "-", "--", "-f", "-o", "--from=", "-Rf", "vm", "host", ""),
    fc.constantFrom(...COMMANDS.flatMap(({ options }) => options.map(({ flags }) => flags.split(/[ ,]/)[0] ?? ""))),
    fc.string({ maxLength: 6 }),
  ),
  { maxLength: 6 },
);

test("any line has an answer, and every candidate continues what is typed", async () => {
  await fc.assert(
    fc.asyncProperty(words, async (typed) => {
      const { candidates } = await complete(COMMANDS, typed, AROUND);
      for (const { value } of candidates) expect(value.startsWith(typed.at(-1) ?? "")).toBe(true);
      const values = candidates.map(({ value }) => value);
      expect(new Set(values).size).toBe(values.length);
    }),
    { numRuns: 500 },
  );
});
