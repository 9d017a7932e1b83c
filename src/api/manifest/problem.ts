import { type Path, pathText, printable } from "./json.ts";

/** One thing that is wrong in the input, and where. Lines and columns count from 1, columns in characters. */
export interface Problem {
  readonly file: string;
  /** Absent where the file as a whole is meant: it cannot be read. */
  readonly line?: number;
  readonly column?: number;
  readonly path: Path;
  /** What is wrong; what is allowed. */
  readonly text: string;
  /** Which of those that a program treats apart it is. */
  readonly fault?: Fault;
  /** That a path which was asked for holds nothing: it is not there, or it is a folder without a manifest in it or below. */
  readonly absent?: Absent;
}

/** A field that its schema does not know; an object that is given twice. */
export type Fault = "UnknownField" | "Twice";

interface Absent {
  /** As it was asked for. */
  readonly path: string;
  readonly type: "missing" | "empty folder";
}

/** `FILE:LINE:COL`, or `FILE`; harmless to a terminal. */
export function formatPlace({ file, line, column }: Problem): string {
  return line === undefined ? printable(file) : `${printable(file)}:${line}:${column ?? 1}`;
}

/** `FILE:LINE:COL: PATH: what is wrong; what is allowed`, on one line. */
export function formatProblem(problem: Problem): string {
  const where = problem.path.length === 0 ? "" : `${pathText(problem.path)}: `;
  return `${formatPlace(problem)}: ${where}${problem.text}`;
}
