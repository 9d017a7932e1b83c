import type { Credentials } from "./credentials.ts";

/** Shorter words are no secret, and would be found where they are not meant. */
const SHORTEST = 6;

/** A text in which the credentials that a request was sent with are blotted out, wherever they stand. */
export function withoutSecrets(text: string, { headers }: Credentials): string {
  return secretsOf(headers.authorization ?? "").reduce((rest, secret) => rest.replaceAll(secret, "[hidden]"), text);
}

/** What follows the scheme; of basic credentials the password, too. */
function secretsOf(authorization: string): string[] {
  const [, scheme = "", value = ""] = /^(\S+)\s+(.+)$/s.exec(authorization) ?? [];
  const secrets = [value];
  if (scheme.toLowerCase() === "basic") {
    secrets.push(
      Buffer.from(value, "base64")
        .toString("utf8")
        .replace(/^[^:]*:/, ""),
    );
  }
  return secrets.filter((secret) => secret.length >= SHORTEST);
}
