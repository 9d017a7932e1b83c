import type { Resource } from "../api/object.ts";

interface PathParts {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string;
}

/**
 * The path of a resource at the API server: of all objects, of those of a namespace, of one object, or of its
 * subresource. Throws a RangeError for a namespace or name that cannot be a path segment (empty, `.`, `..`).
 */
export function resourcePath(resource: Resource, { namespace, name, subresource }: PathParts = {}): string {
  const { group, version, plural, namespaced } = resource;
  const segments = group === "" ? ["api", version] : ["apis", group, version];
  if (namespaced && namespace !== undefined) {
    segments.push("namespaces", segment(namespace));
  }
  segments.push(plural);
  if (name !== undefined) {
    segments.push(segment(name));
  }
  if (subresource !== undefined) {
    segments.push(subresource);
  }
  return `/${segments.join("/")}`;
}

/** `group/version`, or `version` alone for the core group. */
export function apiVersionOf({ group, version }: Resource): string {
  return group === "" ? version : `${group}/${version}`;
}

function segment(name: string): string {
  if (name === "" || name === "." || name === "..") {
    throw new RangeError(`"${name}" cannot be the name of an object`);
  }
  return encodeURIComponent(name);
}
