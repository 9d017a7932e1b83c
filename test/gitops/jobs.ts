import { createHash } from "node:crypto";
import { join } from "node:path";
import { documentsOf } from "./files.ts";
import type { Repository } from "./repository.ts";
import type { Ran } from "./shell.ts";

/** A step of the GitHub job that runs a script. */
interface Step {
  readonly name: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Workflow {
  readonly env: Readonly<Record<string, string>>;
  readonly jobs: { readonly review: { readonly steps: readonly Step[] } };
}

/** What GitHub puts for `${{ … }}`: those that are not in the table fail. */
export type Expressions = Readonly<Record<string, string>>;

function filled(text: string, expressions: Expressions): string {
  return text.replace(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => {
    const value = expressions[expression];
    if (value === undefined) throw new Error(`no value for ${expression}`);
    return value;
  });
}

const everyValue = (env: Readonly<Record<string, string>>, change: (value: string) => string) =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [name, change(value)]));

/** Every script of the GitHub job in its order, as a runner would run it, whatever became of those before it. */
export async function runGithub(
  repository: Repository,
  expressions: Expressions,
  env: Readonly<Record<string, string>>,
): Promise<Map<string, Ran>> {
  const [workflow] = documentsOf("pull-request/github.yaml") as Workflow[];
  if (workflow === undefined) throw new Error("no workflow");
  const results = new Map<string, Ran>();
  for (const step of workflow.jobs.review.steps) {
    if (step.run === undefined) continue;
    const own = everyValue({ ...workflow.env, ...step.env }, (value) => filled(value, expressions));
    results.set(step.name, await repository.run(["bash", "-e", "-c", step.run], { ...env, ...own }));
  }
  return results;
}

interface GitlabJob {
  readonly variables?: Readonly<Record<string, string>>;
  readonly before_script?: readonly string[];
  readonly script?: readonly string[];
}

/** The script of a GitLab job, as a runner would run it: in one shell that ends at the first failure. */
export async function runGitlab(
  repository: Repository,
  job: "tandem-plan" | "tandem-lint",
  env: Readonly<Record<string, string>>,
): Promise<Ran> {
  const [file] = documentsOf("pull-request/gitlab.yaml") as (Record<string, GitlabJob> & {
    variables: Readonly<Record<string, string>>;
  })[];
  const { variables = {}, script = [] } = file?.[job] ?? {};
  const lines = [...(file?.[".tandem"]?.before_script ?? []), ...script];
  const own = everyValue({ ...file?.variables, ...variables }, (value) =>
    value.replace(/^\$(\w+)$/, (_, name: string) => env[name] ?? ""),
  );
  // The variables of a project come before those of the file.
  return await repository.run(["bash", "-eo", "pipefail", "-c", lines.join("\n")], { ...own, ...env });
}

const programText = (root: string): string => `import ${JSON.stringify(join(root, "src", "main.ts"))};\n`;

/** Where GitLab jobs find the program of this checkout, and its sum. */
export function programPackage(repository: Repository, root: string): Record<string, string> {
  repository.write("package/tandem.mjs", programText(root));
  const sum = createHash("sha256").update(programText(root)).digest("hex");
  return { TANDEM_URL: `file://${repository.folder}/package/tandem.mjs`, TANDEM_SHA256: sum };
}

/** `docker` for a job: the image is there, and its one file is the program of this checkout. */
export function programImage(repository: Repository, root: string): void {
  repository.write("image/app/tandem.mjs", programText(root));
  repository.program(
    "docker",
    `#!/bin/sh
case "$1 $2" in
  "create tandem:0.1.0") echo container ;;
  "cp container:/app/tandem.mjs") cp "${repository.folder}/image/app/tandem.mjs" "$3" ;;
  *) exit 64 ;;
esac
`,
  );
}
