import { Command, CommanderError, Option } from "commander";
import { FAILED, OK, UsageError } from "./exit.ts";
import { type Io, isBrokenPipe } from "./io.ts";
import type { RenderOptions } from "./render.ts";
import { SETTINGS, type Setting, syntaxOf, variableOf } from "./settings/table.ts";
import { version } from "./version.ts";

// Spelled out here, not imported from where they mean something: help must not load a command.
const FORMATS: readonly RenderOptions["output"][] = ["table", "wide", "yaml", "json"];
const MANAGER_VERSION = [
  "--manager-version <version>",
  "version of the manager; below 10.0 affinities cannot be set",
] as const;
const DEFAULT_MANAGER_VERSION = "20.0";

const EXAMPLES = `
Examples:
  tandem render -f estate.yaml            what protects each VM, and why
  tandem controller --context lab         run against a cluster of your kubeconfig

Every command: tandem COMMAND --help. Exit code 0: fine, 2: wrong usage, bad input or a failure.`;

const RENDER_EXAMPLES = `
Examples:
  tandem render -f estate.yaml                     three tables, as kubectl get prints them
  tandem render -f manifests/ -R -o wide           a directory and those in it, more columns
  kubectl get tandem -A -o yaml | tandem render -f - -o json
  tandem render -f estate.yaml --manager-version 9.6 -o yaml

Other kinds in the input are not read, but for the labels of Namespaces. Bad input: every problem is listed with its file,
line and column, nothing is printed, and the exit code is 2.`;

const CONTROLLER_EXAMPLES = `
Examples:
  tandem controller --probe-bind=:8081             in a cluster, as its manifests start it
  tandem controller --context lab                  from outside, on a cluster of your kubeconfig
  tandem controller --context lab --once --dry-run see what would change, and change nothing

Every setting is also an environment variable (${variableOf("lease-name")} for --lease-name) and a key of the file that --config
names. A flag wins over the environment, that over the file. Durations: 500ms, 15s, 1h30m. Addresses: off, :8081, 127.0.0.1:8080.`;

/**
 * Runs the command line.
 * @returns the exit code
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = OK;
  const written: { out: string; err: string } = { out: "", err: "" };
  const program = new Command("tandem")
    .description(
      "Decides for every virtual machine and protection feature whether the appliance or the agent protects it.",
    )
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand(false)
    .addHelpText("after", EXAMPLES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        written.out += text;
      },
      writeErr: (text) => {
        written.err += text;
      },
    });
  addRender(program, async (options) => {
    const { render } = await import("./render.ts");
    exitCode = await render(options, io);
  });
  addController(program, async (flags) => {
    const { settle } = await import("./settings/settle.ts");
    const options = await settle(flags, process.env);
    const { controller } = await import("./controller.ts");
    exitCode = await controller(options);
  });
  program
    .command("version")
    .description("print the versions of tandem and of Node")
    .action(() => io.out(`tandem ${version}\nnode ${process.versions.node}\n`));

  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (isBrokenPipe(error)) return OK;
    exitCode = FAILED;
    if (error instanceof CommanderError) exitCode = error.exitCode === 0 ? OK : FAILED;
    else if (error instanceof UsageError) written.err += `${error.message.replace(/^/gm, "error: ")}\n`;
    else written.err += `error: ${failure(error)}\n`;
  }
  await flush(written, io);
  return exitCode;
}

/** A failure that somebody foresaw has a code and a message that suffices; of any other the place is worth most. */
function failure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? error.message : (error.stack ?? error.message);
}

async function flush({ out, err }: { out: string; err: string }, io: Io): Promise<void> {
  try {
    if (out !== "") await io.out(out);
    if (err !== "") await io.err(err);
  } catch (error) {
    if (!isBrokenPipe(error)) throw error;
  }
}

function addRender(program: Command, action: (options: RenderOptions) => Promise<void>): void {
  program
    .command("render")
    .summary("print manifests with the statuses that the controller would write")
    .description("Prints the objects of manifests with the statuses that the controller would write. Needs no cluster.")
    .requiredOption("-f, --filename <path>", "file, directory or - (standard input); may be repeated", collect)
    .option("-R, --recursive", "descend into the directories of a directory")
    .option("-n, --namespace <name>", "namespace of VMs that name none", "default")
    .addOption(new Option("-o, --output <format>", "format").choices(FORMATS).default("table"))
    .option(...MANAGER_VERSION, DEFAULT_MANAGER_VERSION)
    .option("--now <time>", "RFC 3339 time to give to what has changed (default: now)")
    .addHelpText("after", RENDER_EXAMPLES)
    .action(action);
}

function addController(program: Command, action: (flags: Record<string, unknown>) => Promise<void>): void {
  const command = program
    .command("controller")
    .summary("run the controller, in a cluster or from outside")
    .description("Watches the objects of a cluster and writes their statuses. In a cluster it needs no flag.");
  for (const setting of SETTINGS) for (const option of optionsOf(setting)) command.addOption(option);
  command.addHelpText("after", CONTROLLER_EXAMPLES).action(action);
}

/** Of a boolean both flags are understood; help shows the one that changes something. */
function optionsOf(setting: Setting): Option[] {
  const { name, group, value, meaning } = setting;
  if (value.type === "boolean") {
    const on = setting.default === "true";
    return [
      new Option(`--${name}`, meaning).hideHelp(on).helpGroup(`${group}:`),
      new Option(`--no-${name}`, value.off ?? `not: ${meaning}`).hideHelp(!on).helpGroup(`${group}:`),
    ];
  }
  const { placeholder, allowed } = syntaxOf(value);
  const range = allowed === "" ? "" : `, ${allowed}`;
  const standard = setting.default ?? setting.otherwise;
  return [new Option(`--${name} <${placeholder}>`, `${meaning}${range} (default: ${standard})`).helpGroup(`${group}:`)];
}

function collect(value: string, values: readonly string[] | undefined): string[] {
  return [...(values ?? []), value];
}
