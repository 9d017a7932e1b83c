import type { Io, Screen } from "../../src/cli/io.ts";
import { run } from "../../src/cli/program.ts";

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export const NOW = "2026-10-01T12:00:00Z";

/** Runs a command line in this process; standard input is a text, the time stands still. */
export async function tandem(
  args: readonly string[],
  stdin: string | Uint8Array = "",
  screen: Partial<Screen> = {},
): Promise<Outcome> {
  const written = { out: "", err: "" };
  const io: Io = {
    stdin: (async function* () {
      yield Buffer.from(stdin);
    })(),
    out: async (text) => {
      written.out += text;
    },
    err: async (text) => {
      written.err += text;
    },
    now: () => Date.parse(NOW) + 789,
    screen: { colour: false, progress: false, width: 120, ...screen },
  };
  return { code: await run(args, io), ...written };
}

/** Renders a text as JSON: the items of the list. */
export async function items(text: string, ...args: string[]): Promise<Item[]> {
  const { code, out, err } = await tandem(["render", "-f", "-", "-o", "json", ...args], text);
  if (code !== 0) throw new Error(err);
  const list = JSON.parse(out) as { apiVersion: string; kind: string; items: Item[] };
  if (list.apiVersion !== "v1" || list.kind !== "List") throw new Error(`no list: ${out.slice(0, 80)}`);
  return list.items;
}

export interface Item {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: Record<string, unknown>;
  readonly status: Record<string, unknown>;
}
