import { type Logger, pino } from "pino";
import pretty from "pino-pretty";

export type { Logger };

export interface LogOptions {
  /** The least level that is logged: debug, info, warn, error. */
  readonly level: string;
  /** `json`: one object a line, for machines. `pretty`: for people. */
  readonly format: "json" | "pretty";
}

/**
 * The program's log, on standard error: standard output belongs to results. Written at once, so that nothing is lost
 * when the process ends.
 */
export function createLog({ level, format }: LogOptions): Logger {
  const options = { level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` };
  if (format === "json") return pino(options, pino.destination({ fd: 2, sync: true }));
  const colorize = process.stderr.isTTY && !process.env.NO_COLOR;
  return pino(options, pretty({ destination: 2, sync: true, colorize, translateTime: "SYS:HH:MM:ss" }));
}
