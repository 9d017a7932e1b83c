import fc from "fast-check";
import { expect, test } from "vitest";
import { Budget } from "../../../src/cli/plan/budget.ts";

test("the first lines that fit into what there is, and into what they may have; the others are counted", () => {
  const lines = fc.array(fc.string({ maxLength: 9 }));
  fc.assert(
    fc.property(lines, fc.nat({ max: 60 }), fc.nat({ max: 60 }), (given, room, most) => {
      const budget = new Budget(room);
      const { text, left } = budget.fill(given, most);
      const shown = given.slice(0, given.length - left);
      expect([text, budget.room, budget.left]).toEqual([shown.join(""), room - text.length, left]);
      expect(text.length).toBeLessThanOrEqual(Math.min(room, most));
      const next = given[shown.length];
      if (next !== undefined) expect(text.length + next.length).toBeGreaterThan(Math.min(room, most));
    }),
  );
});
