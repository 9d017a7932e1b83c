import { type Logger, pino } from "pino";
import pretty from "pino-pretty";

export type { Logger };

export interface LogOptions {
  /** The least level that is logged: debug, info, warn, error. */
  readonly level: string;
  /** `json`: one object a line, for machines. `pretty`: for people. */
  readonly format: "json" | "pretty";
}

/** Characters that the log keeps of a message or a stack. */
const MAX_TEXT = 4096;
const MAX_ITEMS = 10;

/**
 * The program's log, on standard error: standard output belongs to results. Written at once, so that nothing is lost
 * when the process ends.
 */
export function createLog({ level, format }: LogOptions): Logger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    serializers: { err: shortened },
  };
  if (format === "json") return pino(options, pino.destination({ fd: 2, sync: true }));
  const colorize = process.stderr.isTTY && !process.env.NO_COLOR;
  return pino(options, pretty({ destination: 2, sync: true, colorize, translateTime: "SYS:HH:MM:ss" }));
}

/** An error as pino logs it, its texts bounded: what it quotes may be as long as what somebody else wrote. */
function shortened(error: unknown): unknown {
  return bounded(error instanceof Error ? pino.stdSerializers.err(error) : error, 2);
}

/** `levels`: of what is inside, such as the errors of an AggregateError. */
function bounded(value: unknown, levels: number): unknown {
  if (typeof value === "string") return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;
  if (typeof value !== "object" || value === null) return value;
  if (levels < 0) return "…";
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => bounded(item, levels - 1));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, bounded(inner, levels - 1)]));
}
