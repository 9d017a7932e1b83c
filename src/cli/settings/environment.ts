import { quote } from "../../api/manifest/index.ts";
import { listOfWords } from "../../api/validate/words.ts";
import { type Given, placed } from "./given.ts";
import { SETTINGS, variableOf } from "./table.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const VARIABLES: readonly string[] = SETTINGS.map(({ name }) => variableOf(name));
/** What the kubelet sets for a Service whose name begins with `tandem`. */
const OF_A_SERVICE =
  /^TANDEM_(?:[A-Z0-9_]*_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT|PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;
/** For the tests of the project. */
const OF_TESTS = "TANDEM_TEST_";

/**
 * The settings that the environment gives; empty variables count as not set. A variable that begins with `TANDEM_` and
 * that nobody knows is a problem: it is a setting mistyped.
 */
export function fromEnvironment(env: Environment, problems: string[]): Given[] {
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith("TANDEM_") || text === undefined || text === "") continue;
    if (VARIABLES.includes(variable) || variable.startsWith(OF_TESTS) || OF_A_SERVICE.test(variable)) continue;
    problems.push(`the environment variable ${quote(variable)} is not known; ${listOfWords(variable, VARIABLES)}`);
  }
  return SETTINGS.flatMap((setting) => {
    const variable = variableOf(setting.name);
    const text = env[variable];
    return text === undefined || text === "" ? [] : placed(setting, text, { where: variable, problems });
  });
}
