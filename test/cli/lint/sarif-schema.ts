import schema from "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json" with { type: "json" };
import { Ajv } from "ajv";

/** What OASIS' schema of SARIF 2.1.0 says against a log; empty if nothing. Its draft 04 is the same to Ajv but for `id`. */
export function againstSarif(log: unknown): string[] {
  const { id: _id, $schema: _draft, ...rest } = schema;
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, unicodeRegExp: false });
  ajv.validate(rest, log);
  return (ajv.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
