import { command, type OptionSpec } from "../command.ts";
import { SETTINGS, type Setting, syntaxOf, variableOf } from "../settings/table.ts";

const EXAMPLES = `
Examples:
  tandem controller --probe-bind=:8081             in a cluster, as its manifests start it
  tandem controller --context lab                  from outside, on a cluster of your kubeconfig
  tandem controller --context lab --once --dry-run see what would change, and change nothing

Every setting is also an environment variable (${variableOf("lease-name")} for --lease-name) and a key of the file that --config
names. A flag wins over the environment, that over the file. Durations: 500ms, 15s, 1h30m. Addresses: off, :8081, 127.0.0.1:8080.`;

export const CONTROLLER = command<Record<string, unknown>>({
  name: "controller",
  summary: "run the controller, in a cluster or from outside",
  description: "Watches the objects of a cluster and writes their statuses. In a cluster it needs no flag.",
  options: SETTINGS.flatMap(optionsOf),
  examples: EXAMPLES,
  run: async (flags) => {
    const { settle } = await import("../settings/settle.ts");
    const options = await settle(flags, process.env);
    return (await import("./controller.ts")).controller(options);
  },
});

/** Of a boolean both flags are understood; help shows the one that changes something. */
function optionsOf(setting: Setting): OptionSpec[] {
  const { name, value, meaning } = setting;
  const group = `${setting.group}:`;
  if (value.type === "boolean") {
    const on: OptionSpec = { flags: `--${name}`, meaning, group };
    const off: OptionSpec = { flags: `--no-${name}`, meaning: value.off ?? `not: ${meaning}`, group };
    return setting.default === "true" ? [{ ...on, hidden: true }, off] : [on, { ...off, hidden: true }];
  }
  const { placeholder, allowed } = syntaxOf(value);
  const range = allowed === "" ? "" : `, ${allowed}`;
  const standard = setting.default ?? setting.otherwise;
  return [{ flags: `--${name} <${placeholder}>`, meaning: `${meaning}${range} (default: ${standard})`, group }];
}
