import { Argument, Command, CommanderError, Option } from "commander";
import type { ArgumentSpec, CommandSpec, OptionSpec } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { FAILED, OK, UsageError } from "./exit.ts";
import { withoutEmptySides } from "./input/source.ts";
import { type Io, isBrokenPipe } from "./io.ts";
import { version } from "./version.ts";

const EXAMPLES = `
Examples:
  tandem render -f estate.yaml                 what protects each VM
  tandem explain vm shop/web-1 -f estate.yaml  why, step by step
  tandem plan --from-git main -f policies/     what your edits change for which machines
  tandem controller --context lab              run against a cluster of your kubeconfig

Every command: tandem COMMAND --help. Exit code 0: fine, 1: findings or changes, 2: wrong usage, bad input or a failure.`;

/** What the user calls it: the launcher says so when kubectl runs it (`kubectl tandem`). */
const NAME = process.title === "kubectl tandem" ? process.title : "tandem";

/** Examples as the user would write them. */
function called(examples: string): string {
  return NAME === "tandem" ? examples : examples.replaceAll(/(?<=^ {2}|[|:] )tandem(?= )/gm, NAME);
}

/**
 * Runs the command line.
 * @returns the exit code
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  if (argv[0] === "__complete") {
    const { answer } = await import("./completion/answer.ts");
    await flush({ out: await answer(COMMANDS, argv.slice(1)), err: "" }, io);
    return OK;
  }
  let exitCode = OK;
  const written: { out: string; err: string } = { out: "", err: "" };
  const program = new Command(NAME)
    .description(
      "Decides for every virtual machine and protection feature whether the appliance or the agent protects it.",
    )
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand(false)
    .addHelpText("after", called(EXAMPLES))
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        written.out += text;
      },
      writeErr: (text) => {
        written.err += text;
      },
    });
  for (const spec of COMMANDS) {
    add(program, spec).action(async (...given: unknown[]) => {
      // The arguments, each one a string, a list or undefined; then the options; then the command itself.
      const args = given.slice(0, -2).flat();
      const words = args.filter((arg): arg is string => typeof arg === "string");
      exitCode = await spec.run(given.at(-2), words, io);
    });
  }

  try {
    await program.parseAsync(withoutEmptySides(argv), { from: "user" });
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

function add(program: Command, spec: CommandSpec): Command {
  const command = program.command(spec.name).summary(spec.summary).description(spec.description);
  for (const argument of spec.arguments ?? []) command.addArgument(argumentOf(argument));
  for (const option of spec.options) command.addOption(optionOf(option));
  return command.addHelpText("after", called(spec.examples));
}

function argumentOf({ syntax, meaning, choices }: ArgumentSpec): Argument {
  const argument = new Argument(syntax, meaning);
  return choices === undefined ? argument : argument.choices(choices);
}

function optionOf(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.meaning);
  if (spec.choices !== undefined) option.choices(spec.choices);
  if (spec.default !== undefined) option.default(spec.default);
  if (spec.repeats) option.argParser(collect);
  if (spec.required) option.makeOptionMandatory();
  if (spec.hidden) option.hideHelp();
  if (spec.group !== undefined) option.helpGroup(spec.group);
  return option;
}

function collect(value: string, values: readonly string[] | undefined): string[] {
  return [...(values ?? []), value];
}
