import { writeYaml } from "../../api/manifest/index.ts";
import type { TandemObject } from "../../api/validate/index.ts";
import { FAILED, OK } from "../exit.ts";
import { type InputOptions, readInput } from "../input/input.ts";
import { listing } from "../input/problems.ts";
import { type Io, writeAll } from "../io.ts";
import { managerVersion, moment } from "../settings.ts";
import { withStatuses } from "../statuses.ts";
import { tables } from "./tables.ts";

export interface RenderOptions extends InputOptions {
  readonly output: "table" | "wide" | "yaml" | "json";
  readonly managerVersion: string;
  readonly now?: string;
}

/**
 * `tandem render`: prints the objects of manifests with the statuses that the controller would write.
 * @returns the exit code: 0, or 2 for bad input, which is listed whole on stderr with nothing on stdout
 * @throws {UsageError}
 */
export async function render(options: RenderOptions, io: Io): Promise<number> {
  const version = managerVersion(options.managerVersion);
  const now = moment(options.now, io.now);
  const estate = await readInput(options, io);
  if (estate.problems.length > 0) {
    await io.err(listing(estate.problems));
    return FAILED;
  }
  if (estate.objects.length === 0) {
    await io.err("no ProtectedVM, AffinityPolicy or Appliance of tandem.dev/v1alpha1 in the input\n");
    return FAILED;
  }
  await writeAll(io, print(withStatuses(estate, { managerVersion: version, now }), options.output, now));
  return OK;
}

function print(objects: readonly TandemObject[], output: RenderOptions["output"], now: string): Iterable<string> {
  switch (output) {
    case "json":
      return json(objects);
    case "yaml":
      return objects.map(({ object }, index) => `${index === 0 ? "" : "---\n"}${writeYaml(object)}`);
    case "table":
    case "wide":
      return tables(objects, { wide: output === "wide", now: Date.parse(now) });
  }
}

/** A `v1 List`, an item at a time: a large estate as one string would be longer than a string can be. */
function* json(objects: readonly TandemObject[]): Generator<string> {
  yield '{\n  "apiVersion": "v1",\n  "kind": "List",\n  "items": [';
  let separator = "\n";
  for (const { object } of objects) {
    yield `${separator}${JSON.stringify(object, null, 2).replace(/^/gm, "    ")}`;
    separator = ",\n";
  }
  yield "\n  ]\n}\n";
}
