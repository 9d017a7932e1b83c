import { readFileSync, writeFileSync } from "node:fs";
import type { Figure } from "./figures.ts";

const FILE = new URL("bounds.json", import.meta.url);
/** A part of the recorded value: below it the bound guards little any more. Not for figures that differ so much anyway. */
const MUCH_BETTER = 0.75;

/** What to do about broken bounds, after their list. */
export const ADVICE =
  "Find what costs more: compare what `node test/gate/run.ts` shows before and after the change. " +
  "If it is worth that, or must be: `node test/gate/run.ts --record`";

export interface Recorded {
  /** The largest of some runs. */
  readonly measured: number;
  readonly bound: number;
}

/** The recorded bounds, by figure; `node test/gate/run.ts --record` renews them, and without the flag only shows. */
export function readBounds(): Map<string, Recorded> {
  return new Map(Object.entries(JSON.parse(readFileSync(FILE, "utf8")) as Record<string, Recorded>));
}

export function writeBounds(bounds: ReadonlyMap<string, Recorded>): void {
  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(bounds), null, 2)}\n`);
}

export function boundOf(measured: number, slack: number): number {
  return Math.ceil(measured * (1 + slack));
}

export interface Verdicts {
  /** Each fails the gate. */
  readonly broken: readonly string[];
  /** Figures that have become so good that their bounds should follow. */
  readonly loose: readonly string[];
}

export function judge(figures: ReadonlyMap<string, Figure>, bounds: ReadonlyMap<string, Recorded>): Verdicts {
  const broken: string[] = [];
  const loose: string[] = [];
  for (const [name, { value, slack }] of figures) {
    const recorded = bounds.get(name);
    if (recorded === undefined) {
      broken.push(`${name}: ${number(value)}, and there is no bound for it: record one`);
    } else if (value > recorded.bound) {
      broken.push(
        `${name}: ${number(value)}, ${over(value, recorded.measured)} the recorded ${number(recorded.measured)} ` +
          `(the bound is ${number(recorded.bound)})`,
      );
    } else if (slack < 1 && value < recorded.measured * MUCH_BETTER) {
      loose.push(
        `${name}: ${number(value)} instead of the recorded ${number(recorded.measured)}. ` +
          "So that it stays so, tighten the bound: `node test/gate/run.ts --record`",
      );
    }
  }
  for (const name of bounds.keys()) {
    if (!figures.has(name)) broken.push(`${name}: a bound for what is not measured any more: record anew`);
  }
  return { broken, loose };
}

function over(value: number, measured: number): string {
  return measured === 0 ? "over" : `${Math.round((value / measured - 1) * 100)} % over`;
}

function number(value: number): string {
  return value.toLocaleString("en");
}
