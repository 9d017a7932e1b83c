import { formatProblem } from "../../../src/api/manifest/index.ts";
import type { Estate } from "../../../src/cli/input/estate.ts";
import type { Io } from "../../../src/cli/io.ts";
import { NOW } from "../run.ts";

/** The world of a command that only reads: standard input is a text; what it says on stderr is in `said`. */
export function reading(stdin = "", progress = false): Io & { said: string[] } {
  const said: string[] = [];
  let now = Date.parse(NOW);
  return {
    stdin: (async function* () {
      yield Buffer.from(stdin);
    })(),
    out: async () => {},
    err: async (text) => {
      said.push(text);
    },
    // A second passes whenever somebody looks.
    now: () => (now += 1_000),
    screen: { colour: false, progress, width: 120 },
    said,
  };
}

/** `Kind/name` of every object, in order. */
export function names(estate: Estate): string[] {
  return estate.objects.map(({ kind, object }) => `${kind}/${object.metadata.name}`);
}

export function problems(estate: Pick<Estate, "problems">): string[] {
  return estate.problems.map(formatProblem);
}

export function vm(name: string, more = ""): string {
  return `apiVersion: tandem.dev/v1alpha1\nkind: ProtectedVM\nmetadata: {name: ${name}, namespace: shop}\nspec: {guestOS: Linux, features: [Firewall]}\n${more}`;
}

export function policy(name: string): string {
  return `apiVersion: tandem.dev/v1alpha1\nkind: AffinityPolicy\nmetadata: {name: ${name}}\nspec: {vmSelector: {}, affinity: {network: AgentOnly}}\n`;
}
