import { kept } from "./kept.ts";

/** The first version with combined mode: below it neither an agent nor an appliance counts (SPEC R1, R2). */
export const FIRST_SUPPORTED = "9.6";
/** The first version in which affinities can be set (SPEC R5). */
export const FIRST_CONFIGURABLE = "10.0";

const VERSION = /^[0-9]{1,9}(?:\.[0-9]{1,9}){0,7}$/;

/** Whether it is dotted numbers as the API takes them. */
export function isVersion(text: string): boolean {
  return VERSION.test(text);
}

/** Negative, zero or positive; by numbers, missing parts are 0: `20.0.1 < 20.0.10`, `9.6 = 9.6.0`. */
export function compareVersions(a: string, b: string): number {
  const left = a.split(".");
  const right = b.split(".");
  for (let part = 0; part < Math.max(left.length, right.length); part++) {
    const difference = Number(left[part] ?? 0) - Number(right[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a version is absent or at least 9.6. */
export function isSupported(version: string | null | undefined): boolean {
  return version == null || isRecent(version);
}

/** Agents have one of few versions. */
const isRecent = kept((version: string) => compareVersions(version, FIRST_SUPPORTED) >= 0, 1_000);
