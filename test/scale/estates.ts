import { hashOf } from "./rendezvous.ts";

export interface Namespace {
  readonly hash: number;
  readonly vms: number;
}

/** How the VMs of an estate are spread over its namespaces. */
export const SHAPES = ["uniform", "Zipf", "one giant"] as const;
export type Shape = (typeof SHAPES)[number];

/** The part of all VMs that the giant holds. */
const GIANT = 0.5;

/**
 * An estate of so many VMs in so many namespaces: all of one size; the nth with 1/n of the first's (Zipf's law with exponent
 * 1, as sizes of towns and firms have it); or one with half of all VMs. The seed is part of the names.
 */
export function estateOf(shape: Shape, size: { vms: number; namespaces: number }, seed: number): Namespace[] {
  const weights = Array.from({ length: size.namespaces }, (_, n) => weightOf(shape, n, size.namespaces));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  let before = 0;
  let given = 0;
  return weights.map((weight, n) => {
    // Rounding the sums instead of the parts loses no VM.
    before += weight;
    const upTo = Math.round((before / all) * size.vms);
    const vms = upTo - given;
    given = upTo;
    return { hash: hashOf(`team-${seed}-${n}`), vms };
  });
}

function weightOf(shape: Shape, n: number, namespaces: number): number {
  switch (shape) {
    case "uniform":
      return 1;
    case "Zipf":
      return 1 / (n + 1);
    case "one giant":
      return n === 0 ? GIANT : (1 - GIANT) / Math.max(1, namespaces - 1);
  }
}
