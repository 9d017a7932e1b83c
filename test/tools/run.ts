/**
 * Builds every Go program that tests ask, once a machine, before the tests that would otherwise wait for it beside others.
 * `node test/tools/run.ts`; what cannot be built is said, and the tests that need it are skipped by name.
 */

import { helm } from "../tools-helm/helm.ts";
import { monitoringTools } from "../tools-monitoring/tools.ts";
import { tools } from "./tools.ts";

for (const build of [tools, helm, monitoringTools]) {
  const built = await build();
  if (typeof built === "object" && "skipped" in built) process.stderr.write(`Skipped: ${built.skipped}\n`);
}
