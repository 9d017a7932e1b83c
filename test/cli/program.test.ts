import { expect, test } from "vitest";
import { tandem } from "./run.ts";

test("help says what there is, with examples, on stdout", async () => {
  for (const args of [["--help"], ["-h"], ["render", "--help"], ["controller", "--help"]]) {
    const { code, out, err } = await tandem(args);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^Usage: tandem /);
    expect(out).toContain("\nExamples:\n  tandem ");
  }
  const { out } = await tandem(["--help"]);
  for (const command of ["render", "controller", "version"])
    expect(out).toMatch(new RegExp(`^  ${command} .*\\w`, "m"));
});

test("versions", async () => {
  expect(await tandem(["--version"])).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), err: "" });
  expect(await tandem(["version"])).toEqual({
    code: 0,
    out: expect.stringMatching(/^tandem \d+\.\d+\.\d+\nnode 24\./),
    err: "",
  });
});

const wrong: [string[], RegExp][] = [
  [[], /^Usage: tandem /],
  [["rendr"], /unknown command 'rendr'\n\(Did you mean render\?\)/],
  [["render"], /^error: name the input:\nerror: {3}-f PATH /],
  [["render", "-f", "-", "--recursiv"], /unknown option '--recursiv'\n\(Did you mean --recursive\?\)/],
  [["render", "-f", "-", "-o", "xml"], /Allowed choices are table, wide, yaml, json/],
  [["render", "-f", "-", "more"], /too many arguments/],
  [["render", "-f", "-", "--now", "yesterday"], /^error: --now: an RFC 3339 time is needed/],
  [["render", "-f", "-", "-n", "A"], /^error: --namespace: /],
  [["controller", "--concurrency", "0"], /a whole number from 1 to 64 is needed/],
  [["controller", "--log-format", "xml"], /^error: --log-format: .*allowed: json, pretty\n$/],
  [["controller", "--manager-version", "9.5"], /9\.5 is below 9\.6/],
];

test.for(wrong)("wrong usage is exit code 2 and a hint on stderr: %j", async ([args, hint]) => {
  const { code, out, err } = await tandem(args);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toMatch(hint);
});
