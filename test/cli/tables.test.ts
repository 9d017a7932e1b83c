import { expect, test } from "vitest";
import { crds } from "../../src/api/generated/schemas.ts";
import { age } from "../../src/cli/render/age.ts";
import { compileJsonPath } from "../../src/cli/render/json-path.ts";

test("ages are those of kubectl", () => {
  const S = 1000;
  const M = 60 * S;
  const H = 60 * M;
  const D = 24 * H;
  const ages: [number, string][] = [
    ...([
      [-5 * S, "<invalid>"],
      [-1500, "0s"],
      [-1, "0s"],
      [0, "0s"],
      [119.9 * S, "119s"],
      [2 * M, "2m"],
    ] as [number, string][]),
    ...([
      [9 * M + 59 * S, "9m59s"],
      [10 * M + 5 * S, "10m"],
      [179 * M, "179m"],
      [3 * H, "3h"],
      [7 * H + 59 * M, "7h59m"],
    ] as [number, string][]),
    ...([
      [8 * H + M, "8h"],
      [47 * H, "47h"],
      [48 * H, "2d"],
      [7 * D + 23 * H, "7d23h"],
      [8 * D + H, "8d"],
      [729 * D, "729d"],
    ] as [number, string][]),
    ...([
      [730 * D, "2y"],
      [731 * D, "2y1d"],
      [2919 * D, "7y364d"],
      [2921 * D, "8y"],
    ] as [number, string][]),
  ];
  for (const [milliseconds, text] of ages) expect(age(milliseconds), String(milliseconds)).toBe(text);
});

test("every printer column of the CRDs has a path that is understood", () => {
  for (const { columns } of Object.values(crds)) {
    for (const { jsonPath } of columns) expect(() => compileJsonPath(jsonPath)).not.toThrow();
  }
});

test("paths find fields, items and the first that a filter lets pass; names of Object are names", () => {
  const object = {
    a: { b: [1, 2] },
    list: [{ type: "x" }, { type: "Ready", status: "True" }, { type: "Ready", status: "False" }],
  };
  const found = (path: string) => compileJsonPath(path)(object);
  expect(found(".a.b[1]")).toBe(2);
  expect(found('.list[?(@.type=="Ready")].status')).toBe("True");
  expect(found(".list[?(@.type=='x')].status")).toBeUndefined();
  expect(found(".a.constructor.name")).toBeUndefined();
  expect(found(".a.b.c[0].d")).toBeUndefined();
  for (const bad of ["a", ".a[*]", "..a", ".a[?(@.b>1)]", ".a["]) expect(() => compileJsonPath(bad)).toThrow();
});
