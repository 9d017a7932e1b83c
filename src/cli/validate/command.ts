import { command, INPUT, output } from "../command.ts";
import type { ValidateOptions } from "./validate.ts";

const EXAMPLES = `
Examples:
  tandem validate -f estate.yaml                   every mistake, with its file, line and column
  tandem validate -f manifests/ -R -o json         a directory and those in it, for a program
  kustomize build . | tandem validate -f -
  tandem validate --from-git origin/main -f manifests/

Says what an API server with Tandem's CRDs would refuse if each object were created with --validate=strict. Of other kinds
only Namespaces are read; the last line counts the rest, so that nobody takes them for checked. Stricter than a server in two
things: a status is checked too, which is dropped at creation, and an object needs a name: generateName does not give one.
A CEL rule that only a server can judge is named on stderr.
Exit code 0: nothing is wrong, 1: something is (text that is no YAML too), 2: wrong usage, or a file cannot be read.`;

export const VALIDATE = command<ValidateOptions>({
  name: "validate",
  summary: "check manifests against schema, defaults and rules, without a server",
  description:
    "Checks manifests against the schema, the defaults and the CEL rules of Tandem's CRDs. Needs no cluster.",
  options: [...INPUT, output("table", "json")],
  examples: EXAMPLES,
  run: async (options, _, io) => (await import("./validate.ts")).validate(options, io),
});
