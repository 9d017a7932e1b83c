import type { Row } from "./row.ts";
import { quantile, spreadOf } from "./statistics.ts";
import type { Turn } from "./turn.ts";

/** One round: a turn of each. */
export interface Pair {
  readonly tandem: Turn;
  readonly bare: Turn;
}

/** Something that is measured of both writers. */
export interface Figure {
  readonly what: string;
  /** One value a turn, or many samples, of which a quantile counts. */
  readonly of: (turn: Turn) => number | readonly number[];
  /** The quantile, 0 to 1; default: the median. */
  readonly p?: number;
  readonly unit: "s" | "ms" | "";
  readonly digits: number;
  readonly aim?: Aim;
}

/** Tandem's value, the bare one, and their ratio. */
interface Values {
  readonly tandem: number;
  readonly bare: number;
  readonly ratio: number;
}

export interface Aim {
  readonly text: string;
  readonly met: (values: Values) => boolean;
}

/** At most so many times the bare figure, and so many milliseconds more. */
export function times(factor: number, plus = 0): Aim {
  return {
    text: `≤ ${factor} x${plus === 0 ? "" : ` + ${plus} ms`}`,
    met: ({ tandem, bare, ratio }) => (plus === 0 ? ratio <= factor : tandem <= factor * bare + plus),
  };
}

export function atMost(limit: number, unit: string): Aim {
  return { text: `≤ ${limit} ${unit}`, met: ({ tandem }) => tandem <= limit };
}

/** With two digits. */
export function exactly(value: number): Aim {
  return { text: `= ${value.toFixed(2)}`, met: ({ tandem }) => tandem.toFixed(2) === value.toFixed(2) };
}

/**
 * The line of a figure: the value of all rounds with the smallest and the largest of a round. Where a round gives one value
 * the ratio is the median of the rounds' ratios, so that a drift between them does no harm; of samples, that of all of them.
 */
export function rowOf(rounds: readonly Pair[], { what, of, p = 0.5, unit, digits, aim }: Figure): Row {
  const samples = (turns: readonly Turn[]) => turns.flatMap((turn) => of(turn));
  const value = (turns: readonly Turn[]): number => quantile(samples(turns), p);
  const show = (turns: readonly Turn[]): string => {
    const { min, max } = spreadOf(turns.map((turn) => value([turn])));
    return withSpread(value(turns), { min, max, digits, unit });
  };
  const [tandem, bare] = [rounds.map((round) => round.tandem), rounds.map((round) => round.bare)];
  const ratios = spreadOf(rounds.map((round) => value([round.tandem]) / value([round.bare])));
  const paired = samples(tandem).length === rounds.length;
  const ratio = paired ? ratios.median : value(tandem) / value(bare);
  return {
    what,
    tandem: show(tandem),
    baseline: show(bare),
    ratio: value(bare) === 0 ? "-" : withSpread(ratio, { ...ratios, digits: 2, unit: "" }),
    aim: aim?.text ?? "",
    ...(aim && { met: aim.met({ tandem: value(tandem), bare: value(bare), ratio }) }),
  };
}

/** `27.1 s (26.9 to 27.4)`. */
export function withSpread(
  value: number,
  { min, max, digits, unit }: { min: number; max: number; digits: number; unit: string },
): string {
  const number = (n: number): string =>
    n.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const spread = min === max ? "" : ` (${number(min)} to ${number(max)})`;
  return `${number(value)}${unit === "" ? "" : ` ${unit}`}${spread}`;
}
