import { field, isJsonObject, type JsonObject, quote } from "../manifest/index.ts";
import type { Finding } from "./structural.ts";

/** Checks the owners of decoded metadata: each is named in full, no Event is one, and at most one controls. */
export function checkOwners(metadata: JsonObject, findings: Finding[]): void {
  const owners = field(metadata, "ownerReferences");
  if (!Array.isArray(owners)) return;
  let controllers = 0;
  owners.forEach((owner, index) => {
    if (!isJsonObject(owner)) return;
    const path = ["metadata", "ownerReferences", index];
    for (const name of ["apiVersion", "kind", "name", "uid"]) {
      if ((field(owner, name) ?? "") === "")
        findings.push({ path: [...path, name], text: "is missing; allowed: a string that is not empty" });
    }
    const { apiVersion, kind, controller } = owner;
    if (typeof apiVersion === "string" && apiVersion !== "" && !isApiVersion(apiVersion)) {
      const text = `${quote(apiVersion)} is not allowed; allowed: VERSION or GROUP/VERSION`;
      findings.push({ path: [...path, "apiVersion"], text });
    }
    if (apiVersion === "v1" && kind === "Event")
      findings.push({ path: [...path, "kind"], text: "an Event owns nothing" });
    if (controller === true && ++controllers === 2) {
      findings.push({ path: [...path, "controller"], text: "another owner controls already; allowed: one" });
    }
  });
}

function isApiVersion(text: string): boolean {
  const parts = text.split("/");
  return parts.length <= 2 && parts.at(-1) !== "";
}
