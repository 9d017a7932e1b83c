import { execFileSync } from "node:child_process";
import metadata from "../package.json" with { type: "json" };
import { type BundledPackage, referenceOf } from "./licences.ts";

/** A part of a CycloneDX document, as far as it is read here. */
export interface Component {
  readonly "bom-ref": string;
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly [field: string]: unknown;
}

/** https://cyclonedx.org/docs/1.5/json */
export interface Sbom {
  readonly specVersion: string;
  readonly metadata: { readonly component: Component; readonly [field: string]: unknown };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
  readonly [field: string]: unknown;
}

/**
 * What `npm sbom` says about package-lock.json, of the bundled packages alone: the rest only builds and tests. Without the
 * serial number and the time, so that the same bundle has the same SBOM. Throws if npm does not know one of the packages.
 */
export function sbomOf(root: string, packages: readonly BundledPackage[]): Sbom {
  const args = ["sbom", "--sbom-format=cyclonedx", "--package-lock-only"];
  const out = execFileSync("npm", args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 });
  const { serialNumber: _, ...all } = JSON.parse(out) as Sbom;
  const known = new Map(all.components.map((component) => [component["bom-ref"], component]));
  const components = packages.map((one) => {
    const component = known.get(referenceOf(one));
    if (component === undefined) throw new Error(`npm sbom does not know ${referenceOf(one)}: run npm ci`);
    // What is a tool to the project is a part of the bundle all the same.
    return { ...component, scope: "required", properties: [] };
  });
  const self = all.metadata.component["bom-ref"];
  const kept = new Set([self, ...components.map((component) => component["bom-ref"])]);
  return {
    ...all,
    metadata: {
      tools: all.metadata.tools,
      component: { ...all.metadata.component, type: "application", name: metadata.name, properties: [] },
    },
    components,
    dependencies: all.dependencies
      .filter(({ ref }) => kept.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => kept.has(one)).toSorted() })),
  };
}
