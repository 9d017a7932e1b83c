import type { Problem } from "../../../api/manifest/index.ts";
import { version } from "../../version.ts";
import { CATALOGUE } from "../catalogue.ts";
import type { Finding, RuleText } from "../finding.ts";
import { aboutText, fingerprint, sentence, uriOf } from "./parts.ts";

/**
 * SARIF 2.1.0, for code review tools. Files are relative to the present folder (the root of the repository, as a rule).
 * @param findings also what comments silence: SARIF has a place for it
 */
export function sarif(findings: readonly Finding[], revision?: string) {
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "tandem", version, rules: CATALOGUE.map(ruleOf) } },
        columnKind: "unicodeCodePoints",
        results: findings.map((finding) => resultOf(finding, revision)),
      },
    ],
  };
}

function ruleOf({ code, severity, title, why, advice, bad, good }: RuleText) {
  const example = "```yaml";
  return {
    id: code,
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: {
      text: `${why}\n\nWhat to do: ${advice}`,
      markdown: `${why}\n\nWhat to do: ${advice}\n\nHas it:\n\n${example}\n${bad}\`\`\`\n\nPut right:\n\n${example}\n${good}\`\`\`\n`,
    },
    defaultConfiguration: { level: severity },
  };
}

function resultOf(finding: Finding, revision: string | undefined) {
  const { rule, place, about, ignored } = finding;
  const logical =
    about === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: aboutText(about), kind: "object" }] };
  return {
    ruleId: rule.code,
    ruleIndex: CATALOGUE.findIndex(({ code }) => code === rule.code),
    level: rule.severity,
    message: { text: sentence(finding) },
    locations: [{ ...physical(place, revision), ...logical }],
    partialFingerprints: { "tandem/v1": fingerprint(finding) },
    ...(ignored === undefined
      ? {}
      : {
          suppressions: [
            { kind: "inSource", justification: ignored.reason, location: physical(ignored.place, revision) },
          ],
        }),
  };
}

/** Absent for an object of a cluster. */
function physical({ file, line, column }: Problem, revision: string | undefined) {
  if (line === undefined) return {};
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(file, revision) },
      region: { startLine: line, startColumn: column ?? 1 },
    },
  };
}
