/** One line of a table in docs/performance.md, as text. */
export interface Row {
  readonly what: string;
  readonly tandem: string;
  /** The figure of the plain program of the same run; `-` where there is none. */
  readonly baseline: string;
  /** Of the two, with its spread; or their difference. */
  readonly ratio: string;
  /** Empty where nothing is aimed at. */
  readonly aim: string;
  readonly met?: boolean;
}

/** What another program has measured: a section of its own. */
export interface Measured {
  readonly title: string;
  readonly command: string;
  readonly rows: readonly Row[];
  /** What it prints itself, for a terminal. */
  readonly text: string;
}
