import { CHANGES, FAILED, OK } from "../exit.ts";
import { type InputOptions, readInput, sourceOf } from "../input/input.ts";
import { textsOf, withProgress } from "../input/read.ts";
import type { Io } from "../io.ts";
import { namespaceName } from "../settings.ts";
import { json, reservations, text } from "./print.ts";
import { Court } from "./verdicts.ts";

export interface ValidateOptions extends InputOptions {
  readonly output: "table" | "json";
}

/**
 * `tandem validate`: says what an API server with Tandem's CRDs would refuse, were each object created there.
 * @returns the exit code: 0 if nothing is wrong, 1 if something is, 2 if a file cannot be read; what can be is judged
 * @throws {UsageError}
 */
export async function validate(options: ValidateOptions, io: Io): Promise<number> {
  const court = new Court(namespaceName(options.namespace));
  const source = sourceOf(options);
  if (source.type === "cluster") {
    court.readEstate(await readInput(options, io));
  } else {
    const texts = await textsOf(source, { recursive: options.recursive ?? false, stdin: io.stdin });
    await withProgress(io, (onProgress) => court.readSources(texts, onProgress));
  }
  const verdicts = court.verdicts();
  await io.out(options.output === "json" ? json(verdicts) : text(verdicts));
  const reserved = reservations(verdicts);
  if (reserved !== "") await io.err(reserved);
  if (verdicts.failures.length > 0) return FAILED;
  return verdicts.findings.length > 0 ? CHANGES : OK;
}
