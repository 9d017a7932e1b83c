import { expect, test } from "vitest";
import { type TreeNode, tree } from "../../../src/cli/output/tree.ts";

function drawn(root: TreeNode, width = 24): string {
  return [...tree(root, { width, paint: (_, text) => text })].join("");
}

test("branches, and texts that go on below themselves", () => {
  const root: TreeNode = {
    head: "Estate",
    children: [
      { head: "Why?", text: "one two three four five", children: [{ text: "six seven eight nine ten" }] },
      { text: "eleven twelve thirteen fourteen" },
    ],
  };
  expect(drawn(root)).toBe(`Estate
├── Why? one two three
│   │ four five
│   └── six seven eight nine
│         ten
└── eleven twelve
      thirteen fourteen
`);
});

test("what stands out is painted, and the branches are dim", () => {
  const painted = [
    ...tree(
      { head: "a", children: [{ head: "b", text: "c" }] },
      { width: 80, paint: (style, text) => `<${style} ${text}>` },
    ),
  ];
  expect(painted).toEqual(["<dim ><bold a>\n", "<dim └── ><bold b> c\n"]);
});

test("a word longer than a line is not broken; what could move the cursor is shown", () => {
  expect(drawn({ text: "a 0123456789012345678901234567890 b\u001b[2J" })).toBe(
    "a\n  0123456789012345678901234567890\n  b\\u001b[2J\n",
  );
});
