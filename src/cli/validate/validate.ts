import { printable, readSources } from "../../api/manifest/index.ts";
import { CHANGES, FAILED, OK } from "../exit.ts";
import { type InputOptions, readInput } from "../input/input.ts";
import type { Io } from "../io.ts";
import { Progress } from "../output/progress.ts";
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
  const { filename = [], recursive = false, fromGit, context, kubeconfig } = options;
  if (context !== undefined || kubeconfig !== undefined || (fromGit === undefined && filename.length === 0)) {
    court.readEstate(await readInput(options, io));
  } else if (fromGit === undefined) {
    await read(court, readSources(filename, { recursive, stdin: io.stdin }), io);
  } else {
    const { readGit } = await import("../input/git/read.ts");
    await read(court, readGit({ revision: fromGit, paths: filename.length > 0 ? filename : ["."], recursive }), io);
  }
  const verdicts = court.verdicts();
  await io.out(options.output === "json" ? json(verdicts) : text(verdicts));
  const reserved = reservations(verdicts);
  if (reserved !== "") await io.err(reserved);
  if (verdicts.failures.length > 0) return FAILED;
  return verdicts.findings.length > 0 ? CHANGES : OK;
}

async function read(court: Court, sources: ReturnType<typeof readSources>, io: Io): Promise<void> {
  const progress = new Progress(io);
  try {
    await court.readSources(sources, (file, objects) =>
      progress.at(() => `reading ${printable(file)}: ${objects.toLocaleString("en")} objects`),
    );
  } finally {
    await progress.end();
  }
}
