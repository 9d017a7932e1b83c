import { expect } from "vitest";

const PROTOTYPES = { Object: Object.prototype, Array: Array.prototype, String: String.prototype, Map: Map.prototype };

function pictureOf(prototype: object): unknown[] {
  const own = Object.getOwnPropertyDescriptors(prototype);
  return [Object.getPrototypeOf(prototype), ...Reflect.ownKeys(own).map((key) => [key, Reflect.get(own, key)])];
}

const CLEAN = Object.entries(PROTOTYPES).map(([name, prototype]) => [name, pictureOf(prototype)] as const);

/** Throws if somebody has changed what every object inherits. */
export function expectNoPollution(): void {
  for (const [name, picture] of CLEAN) {
    const prototype = Reflect.get(PROTOTYPES, name);
    expect(pictureOf(prototype), `${name}.prototype`).toEqual(picture);
  }
  expect(Reflect.get({}, "polluted")).toBeUndefined();
}
