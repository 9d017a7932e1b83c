import { command, INPUT, MANAGER_VERSION, output } from "../command.ts";
import type { ExplainOptions } from "./explain.ts";

const EXAMPLES = `
Examples:
  tandem explain vm shop/web-1 -f manifests/ -R                every step, as a tree
  tandem explain vm shop/web-1 Firewall -f estate.yaml         only what concerns one feature
  tandem explain policy pci-appliance-first --from-git HEAD    whom it selects, where it decides, what if it were deleted
  tandem explain appliance dsva-esx-01 --context lab -o markdown
  kubectl get tandem,namespaces -A -o yaml | tandem explain vm web-1 -n shop -f - -o json

Kinds may be written as kubectl takes them: pvm, afp, appl, ProtectedVM, affinitypolicies.tandem.dev. A VM is named
NAMESPACE/NAME, NAME with -n, or just NAME if only one VM is called so.

Exit code 0: explained, 2: an unknown name, wrong usage or bad input.`;

export const EXPLAIN = command<ExplainOptions>({
  name: "explain",
  summary: "why a VM, a policy or an appliance is as it is, step by step",
  description:
    "Says in words why a VM is protected as it is, what a policy or an appliance decides, and what would change it: each step of the decision with the rule behind it. Nothing is written anywhere.",
  arguments: [
    { syntax: "<kind>", meaning: "vm, policy or appliance" },
    { syntax: "<name>", meaning: "NAMESPACE/NAME of a VM; NAME of a policy or appliance" },
    { syntax: "[feature]", meaning: "of a VM: only what concerns this feature" },
  ],
  options: [
    ...INPUT,
    output("tree", "json", "yaml", "markdown"),
    { flags: "--all", meaning: "list every policy that does not select the VM, not only the first 20" },
    MANAGER_VERSION,
  ],
  examples: EXAMPLES,
  run: async (options, args, io) => (await import("./explain.ts")).explain(options, args, io),
});
