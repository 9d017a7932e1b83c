import { command, INPUT, MANAGER_VERSION, output } from "../command.ts";
import type { RenderOptions } from "./render.ts";

const EXAMPLES = `
Examples:
  tandem render -f estate.yaml                     three tables, as kubectl get prints them
  tandem render -f manifests/ -R -o wide           a directory and those in it, more columns
  kubectl get tandem -A -o yaml | tandem render -f - -o json
  tandem render --from-git origin/main -f estate.yaml
  tandem render -f estate.yaml --manager-version 9.6 -o yaml

Other kinds in the input are not read, but for the labels of Namespaces. Bad input: every problem is listed with its file,
line and column, nothing is printed, and the exit code is 2.`;

export const RENDER = command<RenderOptions>({
  name: "render",
  summary: "print manifests with the statuses that the controller would write",
  description: "Prints the objects of manifests with the statuses that the controller would write. Needs no cluster.",
  options: [
    ...INPUT,
    output("table", "wide", "yaml", "json"),
    MANAGER_VERSION,
    { flags: "--now <time>", meaning: "RFC 3339 time to give to what has changed (default: now)" },
  ],
  examples: EXAMPLES,
  run: async (options, _, io) => (await import("./render.ts")).render(options, io),
});
