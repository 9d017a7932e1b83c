import type { Feature, ProtectedVM } from "../../api/kinds.ts";
import { keyOf } from "../../api/object.ts";
import { FAILED, OK, UsageError } from "../exit.ts";
import type { Estate } from "../input/estate.ts";
import { type InputOptions, readInput } from "../input/input.ts";
import { listing } from "../input/problems.ts";
import { type Io, writeAll } from "../io.ts";
import { managerVersion } from "../settings.ts";
import { resolve } from "../statuses.ts";
import { explainAppliance } from "./appliance.ts";
import type { Explanation } from "./explanation.ts";
import { featureNamed, kindNamed, objectNamed } from "./names.ts";
import { explainPolicy } from "./policy.ts";
import { type Format, print } from "./print.ts";
import { explainVm } from "./vm.ts";

export interface ExplainOptions extends InputOptions {
  readonly output: Format;
  readonly all?: boolean;
  readonly managerVersion: string;
}

/**
 * `tandem explain KIND NAME [FEATURE]`: prints why an object is as it is.
 * @returns the exit code: 0, or 2 for bad input, which is listed whole on stderr with nothing on stdout
 * @throws {UsageError} for a kind, a feature or a name that is not there
 */
export async function explain(options: ExplainOptions, args: readonly string[], io: Io): Promise<number> {
  const [kindText = "", name = "", featureText] = args;
  const kind = kindNamed(kindText);
  const version = managerVersion(options.managerVersion);
  if (featureText !== undefined && kind !== "ProtectedVM")
    throw new UsageError("only of a VM one feature can be explained");
  const feature = featureText === undefined ? undefined : featureNamed(featureText);
  const estate = await readInput(options, io);
  if (estate.problems.length > 0) {
    await io.err(listing(estate.problems));
    return FAILED;
  }
  const { objects } = estate;
  let explanation: Explanation;
  switch (kind) {
    case "ProtectedVM": {
      const namespace = options.namespace === "default" ? undefined : options.namespace;
      const vms = objects.flatMap((one) => (one.kind === kind ? [one.object] : []));
      const vm = objectNamed(vms, { kind, name, namespace });
      explanation = explainOne(estate, vm, { version, feature, all: options.all ?? false });
      break;
    }
    case "AffinityPolicy": {
      const policies = objects.flatMap((one) => (one.kind === kind ? [one.object] : []));
      const policy = objectNamed(policies, { kind, name });
      explanation = explainPolicy(resolve(estate, version), { policy, managerVersion: version });
      break;
    }
    case "Appliance": {
      const appliances = objects.flatMap((one) => (one.kind === kind ? [one.object] : []));
      const appliance = objectNamed(appliances, { kind, name });
      explanation = explainAppliance(resolve(estate, version), { appliance, managerVersion: version });
    }
  }
  await writeAll(io, print(explanation, options.output, io.screen));
  return OK;
}

/** No other VM has a part in the decision on a VM (SPEC R13), so it alone is resolved. */
function explainOne(
  { objects, namespaces }: Estate,
  vm: ProtectedVM,
  { version, feature, all }: { version: string; feature: Feature | undefined; all: boolean },
): Explanation {
  const key = keyOf(vm);
  const needed = objects.filter(({ kind, object }) => kind !== "ProtectedVM" || keyOf(object) === key);
  return explainVm(resolve({ objects: needed, namespaces }, version), { vm, managerVersion: version, feature, all });
}
