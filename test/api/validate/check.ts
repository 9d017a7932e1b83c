import { formatProblem, readText, SourceText } from "../../../src/api/manifest/index.ts";
import { type Checked, check } from "../../../src/api/validate/index.ts";

/** Checks the one object of a text. */
export function checkText(text: string): Checked {
  const { manifests, problems } = readText(new SourceText("f.yaml", text));
  const [manifest] = manifests;
  if (manifest === undefined || problems.length > 0) throw new Error(problems.map(formatProblem).join("\n"));
  return check(manifest);
}

export function checkJson(object: unknown): Checked {
  return checkText(JSON.stringify(object));
}

/** The problems of the one object of a text, as they are printed. */
export function problemsOf(text: string): string[] {
  const checked = checkText(text);
  return checked.type === "invalid" ? checked.problems.map(formatProblem) : [];
}

/** The object with its defaults; throws if it is not valid. */
export function completed(object: unknown): object {
  const checked = checkJson(object);
  if (checked.type === "tandem") return checked.tandem.object;
  throw new Error(checked.type === "invalid" ? checked.problems.map(formatProblem).join("\n") : checked.type);
}
