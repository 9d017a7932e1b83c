import { crds } from "../../api/generated/schemas.ts";
import { writeYaml } from "../../api/manifest/index.ts";
import { OK } from "../exit.ts";
import type { Io } from "../io.ts";
import { documentOf, jsonText } from "../output/document.ts";
import { version } from "../version.ts";

export interface VersionOptions {
  readonly output: "table" | "json" | "yaml";
}

/**
 * `tandem version`: prints what is running.
 * @returns the exit code: 0
 */
export async function printVersion({ output }: VersionOptions, io: Io): Promise<number> {
  await io.out(print(output));
  return OK;
}

function print(output: VersionOptions["output"]): string {
  const { group, version: served } = crds.ProtectedVM.resource;
  const document = documentOf("Version", {
    tandem: version,
    node: process.versions.node,
    platform: `${process.platform}/${process.arch}`,
    api: `${group}/${served}`,
  });
  switch (output) {
    case "json":
      return jsonText(document);
    case "yaml":
      return writeYaml(document);
    case "table": {
      const { tandem, node, platform, api, apiVersion } = document;
      return `tandem ${tandem}\nnode ${node} ${platform}\nAPI ${api}\ndocuments ${apiVersion}\n`;
    }
  }
}
