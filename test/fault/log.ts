export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly err?: { readonly type?: string; readonly code?: string; readonly message?: string; readonly stack?: string };
}

const ERROR = 50;

/** The lines of a controller's log that are JSON. */
export function logLines(log: string): LogLine[] {
  return log.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
}

/**
 * What a log must not hold, whatever happens around the controller: lines that are no JSON (Node's own warnings and
 * crashes), errors that nobody foresaw, a credential.
 */
export function logFaults(
  log: string,
  { secrets, expected }: { readonly secrets: readonly string[]; readonly expected?: RegExp | undefined },
): string[] {
  const faults: string[] = [];
  for (const line of log.split("\n")) if (line !== "" && !line.startsWith("{")) faults.push(`not JSON: ${line}`);
  for (const { level, msg, err } of logLines(log)) {
    if (expected?.test(msg)) continue;
    if (level >= ERROR) faults.push(`an error: ${msg} ${JSON.stringify(err)}`);
    else if (err !== undefined && err.type !== "ApiError") faults.push(`unforeseen: ${msg} ${JSON.stringify(err)}`);
  }
  if (/unhandled|uncaught|MaxListeners/i.test(log)) faults.push("something unhandled");
  for (const secret of secrets) if (log.includes(secret)) faults.push("a credential");
  if (/bearer /i.test(log)) faults.push("an authorization header");
  return faults;
}
