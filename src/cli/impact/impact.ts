import { writeYaml } from "../../api/manifest/index.ts";
import { CHANGES, FAILED, OK, UsageError } from "../exit.ts";
import { type InputOptions, readInput } from "../input/input.ts";
import { listing } from "../input/problems.ts";
import { type Io, writeAll } from "../io.ts";
import { jsonText } from "../output/document.ts";
import { paintFor } from "../output/style.ts";
import { managerVersion } from "../settings.ts";
import { announcement } from "./announcement.ts";
import { answer, type Impact, type Question } from "./answer.ts";
import { report } from "./report.ts";
import { checkHost, subjectsOf } from "./subjects.ts";
import { WhatIf } from "./what-if.ts";

export interface ImpactOptions extends InputOptions {
  readonly all?: boolean;
  readonly versionBelow?: string;
  readonly batch?: string;
  readonly evacuateTo?: string;
  readonly output: "table" | "wide" | "json" | "yaml" | "markdown";
  readonly managerVersion: string;
}

/**
 * `tandem impact`: what a maintenance would do.
 * @param args the kind, then names
 * @returns the exit code: 1 if a feature is lost, else 0; 2 for bad input, listed on stderr
 * @throws {UsageError}
 */
export async function impact(options: ImpactOptions, args: readonly string[], io: Io): Promise<number> {
  const version = managerVersion(options.managerVersion);
  const [kind, ...names] = args;
  if (kind !== "appliance" && kind !== "host") throw new UsageError("impact of what? appliance or host");
  const { all = false, versionBelow, evacuateTo } = options;
  const batch = batchOf(options);
  if (evacuateTo !== undefined) checkEvacuation(kind, names, options);
  const estate = await readInput(options, io);
  if (estate.problems.length > 0) {
    await io.err(listing(estate.problems));
    return FAILED;
  }
  const below = versionBelow === undefined ? {} : { versionBelow };
  const subjects = subjectsOf(estate, { kind, names, all, ...below });
  if (evacuateTo !== undefined) checkHost(estate, evacuateTo);
  const question: Question = {
    scenario:
      evacuateTo !== undefined ? "Evacuation" : names.length === 0 || batch !== undefined ? "Rolling" : "AtOnce",
    kind: kind === "host" ? "Host" : "Appliance",
    subjects,
    batch: batch ?? 1,
    ...(evacuateTo !== undefined && { evacuateTo }),
  };
  const found = answer(new WhatIf(estate, version), question, version);
  await writeAll(io, print(found, options.output, io));
  return found.losses > 0 ? CHANGES : OK;
}

function print(found: Impact, output: ImpactOptions["output"], io: Io): Iterable<string> {
  switch (output) {
    case "json":
      return [jsonText(found)];
    case "yaml":
      return [writeYaml(found)];
    case "markdown":
      return announcement(found);
    case "table":
    case "wide":
      return report(found, { wide: output === "wide", paint: paintFor(io.screen) });
  }
}

function batchOf({ batch }: ImpactOptions): number | undefined {
  if (batch === undefined) return undefined;
  if (!/^[1-9][0-9]{0,5}$/.test(batch)) throw new UsageError("--batch: a whole number from 1 on is needed");
  return Number(batch);
}

function checkEvacuation(kind: string, names: readonly string[], options: ImpactOptions): void {
  const { evacuateTo = "", all, batch } = options;
  if (kind !== "host") throw new UsageError("--evacuate-to is for hosts: tandem impact host NAME --evacuate-to HOST");
  if (all || batch !== undefined)
    throw new UsageError("--evacuate-to moves the VMs of the hosts that you name: without --all or --batch");
  if (names.includes(evacuateTo))
    throw new UsageError(`--evacuate-to: ${evacuateTo} is the host that is to be evacuated`);
}
