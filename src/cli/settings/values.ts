import { isIP } from "node:net";
import { quote } from "../../api/manifest/index.ts";
import { isDnsLabel } from "../../api/validate/index.ts";
import { versionProblem } from "../settings.ts";
import type { Address, ValueType } from "./table.ts";

export type Value = string | number | boolean | Address;

/** A value (undefined: an address that is off), or what is wrong and what is allowed. */
type Parsed =
  | { readonly type: "value"; readonly value: Value | undefined }
  | { readonly type: "problem"; readonly text: string };

/** A path of Linux is no longer. */
const MAX_LENGTH = 4096;
const DURATION = "a duration, for example 500ms, 15s, 10m, 1h30m";
const ADDRESS = "off, :PORT, IP:PORT, [IPv6]:PORT, localhost:PORT";
const UNITS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/** Reads a setting as it is written behind a flag or in the environment. Never throws; a problem is one short line. */
export function parseValue(type: ValueType, text: string): Parsed {
  if (text.length > MAX_LENGTH) return problem(`has ${text.length} characters; allowed: at most ${MAX_LENGTH}`);
  switch (type.type) {
    case "text":
      if (text === "") return problem("is empty; leave it out, or give a value");
      return /\p{Cc}/u.test(text) ? notAllowed(text, "a text without control characters") : value(text);
    case "label":
      return isDnsLabel(text) ? value(text) : notAllowed(text, "at most 63 lower-case letters, digits and '-'");
    case "version": {
      const wrong = versionProblem(text);
      return wrong === undefined ? value(text) : problem(wrong);
    }
    case "choice":
      return type.choices.includes(text) ? value(text) : notAllowed(text, type.choices.join(", "));
    case "integer": {
      const number = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
      if (number >= type.min && number <= type.max) return value(number);
      return notAllowed(text, `a whole number from ${type.min} to ${type.max} is needed`, "");
    }
    case "duration":
      return parseDuration(type, text);
    case "boolean":
      return text === "true" || text === "false" ? value(text === "true") : notAllowed(text, "true, false");
    case "address":
      return parseAddress(text);
  }
}

/** Milliseconds of a duration as Go writes it, or undefined. Units: ms, s, m, h; the result is whole. */
function milliseconds(text: string): number | undefined {
  if (!/^(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:ms|s|m|h)){1,4}$/.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)(ms|s|m|h)/g)) {
    sum += Number(amount) * (UNITS.get(unit ?? "") ?? Number.NaN);
  }
  return Number.isInteger(sum) ? sum : undefined;
}

/** Whether only this machine can connect there. */
export function isLoopback({ host }: Address): boolean {
  return host === "localhost" || host === "::1" || (host !== undefined && /^127\./.test(host));
}

/** Whether both cannot be bound at a time: the same port, and an interface that both mean. */
export function collide(a: Address, b: Address): boolean {
  if (a.port !== b.port || a.port === 0) return false;
  const everywhere = ({ host }: Address) => host === undefined || host === "0.0.0.0" || host === "::";
  if (a.host === b.host || everywhere(a) || everywhere(b)) return true;
  return (a.host === "localhost" || b.host === "localhost") && isLoopback(a) && isLoopback(b);
}

function parseDuration(type: Extract<ValueType, { type: "duration" }>, text: string): Parsed {
  const ms = milliseconds(text);
  if (ms === undefined) return notAllowed(text, DURATION);
  if (ms < (milliseconds(type.min) ?? 0) || ms > (milliseconds(type.max) ?? 0)) {
    return notAllowed(text, `from ${type.min} to ${type.max}`);
  }
  if (type.whole === "seconds" && ms % 1000 !== 0) return notAllowed(text, "whole seconds");
  return value(ms);
}

function parseAddress(text: string): Parsed {
  if (text === "off") return { type: "value", value: undefined };
  const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([0-9.]{7,15}|localhost))?:([0-9]{1,5})$/.exec(text);
  const [, v6, other, digits] = match ?? [];
  const port = Number(digits);
  if (match === null || port > 65_535) return notAllowed(text, ADDRESS);
  if (v6 !== undefined && isIP(v6) !== 6) return notAllowed(text, ADDRESS);
  if (other !== undefined && other !== "localhost" && isIP(other) !== 4) return notAllowed(text, ADDRESS);
  const host = v6 === undefined ? other : canonical(v6);
  return value(host === undefined ? { port } : { host, port });
}

/** One spelling for each IPv6 address. */
function canonical(v6: string): string {
  return new URL(`http://[${v6}]`).hostname.slice(1, -1);
}

function value(of: Value): Parsed {
  return { type: "value", value: of };
}

function problem(text: string): Parsed {
  return { type: "problem", text };
}

function notAllowed(text: string, allowed: string, lead = "allowed: "): Parsed {
  return problem(`${quote(text)} is not allowed; ${lead}${allowed}`);
}
