import { printable } from "../../api/manifest/index.ts";
import type { Paint } from "./style.ts";

/** A thing to say and what is below it. */
export interface TreeNode {
  /** What stands out, first on the line. */
  readonly head?: string;
  readonly text?: string;
  readonly children?: readonly TreeNode[];
}

export interface TreeOptions {
  /** Characters in a line; a word that is longer than a line is not broken. */
  readonly width: number;
  readonly paint: Paint;
}

/** What stands before the first line of a node, and before what is below it. */
interface Margins {
  readonly first: string;
  readonly rest: string;
}

/** However deep the tree, so many characters are left for words. */
const NARROWEST = 20;

/** The lines of a tree as `tree` and `kubectl tree` draw them; a text that is longer than a line goes on below itself. */
export function tree(root: TreeNode, options: TreeOptions): Generator<string> {
  return lines(root, { first: "", rest: "" }, options);
}

function* lines(node: TreeNode, { first, rest }: Margins, options: TreeOptions): Generator<string> {
  const { width, paint } = options;
  const children = node.children ?? [];
  // The branch to what is below goes past the lines that follow the first.
  const hanging = `${rest}${children.length > 0 ? "│" : " "} `;
  let margin = first;
  for (const { strong, plain } of wrapped(node, Math.max(NARROWEST, width - hanging.length))) {
    const parts = [strong === "" ? "" : paint("bold", strong), plain].filter((part) => part !== "");
    yield `${paint("dim", margin)}${parts.join(" ")}\n`;
    margin = hanging;
  }
  for (const [index, child] of children.entries()) {
    const [branch, below] = index === children.length - 1 ? ["└── ", "    "] : ["├── ", "│   "];
    yield* lines(child, { first: `${rest}${branch}`, rest: `${rest}${below}` }, options);
  }
}

interface Row {
  readonly strong: string;
  readonly plain: string;
}

/** The words of a node in rows of at most so many characters. */
function wrapped({ head = "", text = "" }: TreeNode, room: number): Row[] {
  const rows: { strong: string[]; plain: string[]; length: number }[] = [];
  const take = (part: "strong" | "plain", said: string): void => {
    for (const word of printable(said).split(" ")) {
      if (word === "") continue;
      let row = rows.at(-1);
      if (row === undefined || row.length + 1 + word.length > room) {
        row = { strong: [], plain: [], length: -1 };
        rows.push(row);
      }
      row[part].push(word);
      row.length += 1 + word.length;
    }
  };
  take("strong", head);
  take("plain", text);
  return rows.map(({ strong, plain }) => ({ strong: strong.join(" "), plain: plain.join(" ") }));
}
