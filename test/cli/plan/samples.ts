import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** As it is named on a command line: tests run in the checkout. */
export const SAMPLES = "manifests/samples";

const DOCUMENTS = readdirSync(SAMPLES)
  .filter((file) => file !== "kustomization.yaml")
  .sort()
  .flatMap((file) => readFileSync(join(SAMPLES, file), "utf8").split(/^---\n/m));

/** Copies of the sample estate as pull requests could leave it behind. */
export const EDITS: Readonly<Record<string, () => string>> = {
  nothing: () => edited("", (text) => text),
  priority: () => edited("name: linux-guests", replacing("priority: 100", "priority: 600")),
  deactivated: () => edited("name: dsva-esx-01\n", replacing("spec:\n", "spec:\n  activation: Deactivated\n")),
  "vm-deleted": () => edited("name: card-1\n", () => ""),
  conflict: () =>
    edited("name: database-spare-the-guest", (text) =>
      replacing(
        "network: AppliancePreferred",
        "network: AgentPreferred",
      )(replacing("priority: 400", "priority: 500")(text)),
    ),
  "policy-deleted": () => edited("name: web-agent-first", () => ""),
  everything: () => "",
};

/** The sample estate with one document changed. */
function edited(marker: string, change: (text: string) => string): string {
  const hit = DOCUMENTS.findIndex((text) => text.includes(marker));
  if (hit < 0) throw new Error(`no sample with ${marker}`);
  return DOCUMENTS.map((text, index) => (index === hit ? change(text) : text)).join("\n---\n");
}

function replacing(what: string, by: string): (text: string) => string {
  return (text) => {
    if (!text.includes(what)) throw new Error(`no ${what} in ${text}`);
    return text.replace(what, by);
  };
}
