import { createHash } from "node:crypto";
import { relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { printable } from "../../../api/manifest/index.ts";
import { few, plural } from "../../output/words.ts";
import type { About, Finding, Severity } from "../finding.ts";

/** `ProtectedVM shop/web-1`. */
export function aboutText({ kind, namespace, name }: About): string {
  return printable(`${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`);
}

/** What is so, on one line and harmless to a terminal: who it is about, and what. */
export function sentence({ about, message, vms, ignored }: Finding): string {
  const silenced = ignored === undefined ? "" : ` [silenced: ${ignored.reason}]`;
  return printable(`${subject(about, vms)}${message}${silenced}`);
}

function subject(about: About | undefined, vms: readonly string[]): string {
  if (about?.kind === "ProtectedVM" && vms.length > 1) return `${plural(vms.length, "VM")} (${few(vms)}): `;
  return about === undefined ? "" : `${aboutText(about)}: `;
}

/** For tools that know no silenced findings: those are shown as notes. */
export function raised({ rule, ignored }: Finding): Severity {
  return ignored === undefined ? rule.severity : "note";
}

/** 32 hex digits, the same wherever the finding stands, so that tools know it again when lines move. */
export function fingerprint({ rule, identity }: Finding): string {
  return createHash("sha256").update(`${rule.code}\n${identity}`).digest("hex").slice(0, 32);
}

/**
 * A file for tools, which want it relative to the root of the repository: to the present folder, that is; of a Git revision
 * it is already.
 */
export function pathOf(file: string, revision: string | undefined): string {
  if (revision !== undefined && file.startsWith(`${revision}:`)) return file.slice(revision.length + 1);
  return relative(process.cwd(), resolve(file)).split(sep).join("/");
}

/** The same as a URI; an absolute one for what is not below the present folder. */
export function uriOf(file: string, revision?: string): string {
  const path = pathOf(file, revision);
  if (path.startsWith("../")) return pathToFileURL(resolve(file)).href;
  return path.split("/").map(encodeURIComponent).join("/");
}
