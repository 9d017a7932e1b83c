import { tandem } from "../run.ts";

/** The document that `tandem lint -o json` prints. */
export interface Report {
  readonly summary: {
    readonly errors: number;
    readonly warnings: number;
    readonly notes: number;
    readonly ignored: number;
  };
  readonly findings: readonly Item[];
}

interface Item {
  readonly code: string;
  readonly severity: string;
  readonly place: {
    readonly file: string;
    readonly line: number;
    readonly column: number;
    readonly path?: (string | number)[];
  };
  readonly object?: { readonly kind: string; readonly namespace?: string; readonly name: string };
  readonly message: string;
  readonly vms?: { readonly total: number; readonly sample: readonly string[] };
  readonly fingerprint: string;
  readonly ignored?: { readonly reason: string; readonly place: { readonly line: number } };
}

/** Lints a text, notes and all. */
export async function lint(text: string, ...args: string[]): Promise<Report> {
  const { out, err } = await tandem(["lint", "-f", "-", "-o", "json", "--min-severity", "note", ...args], text);
  if (out === "") throw new Error(err);
  return JSON.parse(out) as Report;
}

export function codes({ findings }: Report): string[] {
  return findings.map(({ code }) => code);
}
