/** Whether it is a resourceVersion as every supported API server makes them: decimal digits. */
export function isResourceVersion(value: unknown): value is string {
  return typeof value === "string" && /^[0-9]{1,64}$/.test(value);
}

/**
 * Compares two resourceVersions of one kind: below 0 if `a` is older, 0 if equal, above 0 if newer. They are compared as
 * digit strings, since they are 64 bits wide and a JavaScript number is not.
 */
export function compareResourceVersions(a: string, b: string): number {
  if (a === b) {
    return 0;
  }
  const left = withoutLeadingZeros(a);
  const right = withoutLeadingZeros(b);
  if (left.length !== right.length) {
    return left.length - right.length;
  }
  return left < right ? -1 : left > right ? 1 : 0;
}

function withoutLeadingZeros(digits: string): string {
  return digits.startsWith("0") ? digits.replace(/^0+/, "") : digits;
}
