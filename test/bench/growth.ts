/** One quantity at several sizes. */
export interface Growth {
  readonly name: string;
  readonly values: readonly { readonly size: number; readonly value: number }[];
}

/**
 * The exponents between neighbouring sizes: 1 is linear, 0 does not grow, 2 is quadratic. Undefined where a value is not
 * positive: nothing can be said of what was too small to be measured.
 */
export function exponents({ values }: Growth): (number | undefined)[] {
  return values.slice(1).map(({ size, value }, n) => {
    const before = values[n];
    if (before === undefined || before.value <= 0 || value <= 0) return undefined;
    return Math.log(value / before.value) / Math.log(size / before.size);
  });
}
