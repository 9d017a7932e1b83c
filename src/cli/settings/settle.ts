import { UsageError } from "../exit.ts";
import { contradictions } from "./contradictions.ts";
import { type Environment, fromEnvironment } from "./environment.ts";
import { type Given, placed } from "./given.ts";
import { type ControllerOptions, SETTINGS, type Setting, type SettingName } from "./table.ts";
import { parseValue, type Value } from "./values.ts";

/** The flags that were given, as commander has them: by name in camel case. */
type Flags = Readonly<Record<string, unknown>>;

/**
 * The settings in force: a flag before the environment before the file before the default. A value that is not allowed is
 * refused wherever it stands, also where another one would win.
 * @throws {UsageError} with every problem, a line each
 */
export async function settle(flags: Flags, env: Environment): Promise<ControllerOptions> {
  const problems: string[] = [];
  const byFlag = SETTINGS.flatMap((setting) => {
    const text = flags[camel(setting.name)];
    if (text === undefined) return [];
    const where = text === false ? `--no-${setting.name}` : `--${setting.name}`;
    return placed(setting, String(text), { where, problems });
  });
  const byEnvironment = fromEnvironment(env, problems);
  const config = [...byFlag, ...byEnvironment].find(({ name }) => name === "config");
  let byFile: Given[] = [];
  if (typeof config?.value === "string") {
    const { fromFile } = await import("./file.ts");
    byFile = await fromFile(config.value, problems);
  }
  // The last one that sets a name wins.
  const given = new Map([...byFile, ...byEnvironment, ...byFlag].map((one) => [one.name, one] as const));
  const options = optionsOf(given);
  problems.push(...contradictions(options, given));
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
  return options;
}

function optionsOf(given: ReadonlyMap<SettingName, Given>): ControllerOptions {
  const options: Record<string, Value> = {};
  const rows: readonly (Setting & { readonly name: SettingName })[] = SETTINGS;
  for (const { name, value: type, default: standard } of rows) {
    if (name === "config") continue;
    const one = given.get(name);
    const value = one === undefined || one.wrong ? defaultOf(type, standard) : one.value;
    if (value !== undefined) options[type.type === "duration" ? `${camel(name)}Ms` : camel(name)] = value;
  }
  if (options.dryRun === true) {
    options.leaderElect = false;
    options.events = false;
  }
  // The one place where the rows become the type that is derived from them.
  return options as unknown as ControllerOptions;
}

function defaultOf(type: Setting["value"], text: string | undefined): Value | undefined {
  if (text === undefined) return undefined;
  const parsed = parseValue(type, text);
  return parsed.type === "value" ? parsed.value : undefined;
}

function camel(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
