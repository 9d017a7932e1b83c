import { beforeAll, expect, test } from "vitest";
import type { Plan } from "../../../src/cli/plan/plan.ts";
import { appliance, policy, vm } from "./objects.ts";
import { planOf, printed } from "./read.ts";

const VMS = 5_000;
const HOSTS = 500;

const vms = Array.from({ length: VMS }, (_, n) =>
  vm(`vm-${String(n).padStart(4, "0")}`, { hostName: `esx-${n % HOSTS}` }),
);
const hosts = (spec: object) =>
  Array.from({ length: HOSTS }, (_, n) => appliance(`dsva-${n}`, { hostName: `esx-${n}`, ...spec }));

let large: Plan;
beforeAll(async () => {
  large = await planOf([...vms, ...hosts({})], [...vms, ...hosts({ activation: "Deactivated" })]);
});

test("10,000 changes read on one screen", () => {
  expect(large.counts.changes).toBe(10_000);
  const table = printed(large, "table");
  expect(table.split("\n").length).toBeLessThan(24);
  expect(table).toContain("shop/vm-0000, shop/vm-0001, shop/vm-0002 and 4,997 more");
  expect(table).toContain("500 Appliances (dsva-0, dsva-1, dsva-10 and 497 more): activation Activated -> Deactivated");
});

test("wide: a line for each of them", () => {
  const lines = printed(large, "wide").split("\n");
  expect(lines.filter((line) => /^shop\/vm-\d{4} +lost +(?:AntiMalware|Firewall) /.test(line))).toHaveLength(10_000);
});

test("a comment is never longer than 60,000 characters, and says how much it leaves out", () => {
  const comment = printed(large, "markdown");
  expect(comment.length).toBeLessThanOrEqual(60_000);
  expect(comment.length).toBeGreaterThan(50_000);
  const [, shown = ""] = /The first ([\d,]+) of 10,000, VM by VM/.exec(comment) ?? [];
  const [, left = ""] = /\*([\d,]+) lines are left out/.exec(comment) ?? [];
  const [one, other] = [shown, left].map((figure) => Number(figure.replaceAll(",", "")));
  expect((one ?? 0) + (other ?? 0)).toBe(10_000);
  expect(comment.match(/^\| <code>shop/gm)).toHaveLength(one ?? 0);
  expect(comment.match(/<details>/g)?.length).toBe(comment.match(/<\/details>/g)?.length);
});

test("nor with names as long as names can be, and as many kinds of change as there can be", async () => {
  const long = (n: number) => `${"x".repeat(59)}.`.repeat(4) + String(n).padStart(4, "0");
  const range = Array.from({ length: 300 }, (_, n) => n);
  const all = [
    "AntiMalware",
    "WebReputation",
    "Firewall",
    "IntrusionPrevention",
    "IntegrityMonitoring",
    "LogInspection",
  ];
  const estate = (turn: number) =>
    range.flatMap((n) => [
      vm(long(n), {
        hostName: `${long(n)}.example`,
        features: all.slice(0, 1 + ((n * 7 + turn) % 6)),
        guestOS: n % 2 === 0 ? "Windows" : "Linux",
        agent: {
          state: ["Activated", "Deactivated", "NotInstalled"][(n + turn) % 3],
          modules: all.slice((n + turn) % 5),
        },
      }),
      ...((n + turn) % 4 === 0 ? [] : [appliance(long(n), { hostName: `${long(n)}.example` })]),
      policy(long(n), { priority: n % 3, affinity: { network: n % 2 === turn ? "AgentOnly" : "ApplianceOnly" } }),
    ]);
  const comment = printed(await planOf(estate(0), estate(1)), "markdown");
  expect(comment.length).toBeLessThanOrEqual(60_000);
  expect(comment.match(/<details>/g)?.length).toBe(comment.match(/<\/details>/g)?.length);
  expect(comment).toMatch(/lines are left out/);
});

test("nothing that an object holds is markup, nor moves a cursor", async () => {
  const key = "a|b <b>@all</b> `x` \u001b[31m\u202e";
  const hostile = policy("p", { vmSelector: { matchExpressions: [{ key, operator: "Exists" }] } });
  const plan = await planOf([vm("a"), policy("p")], [vm("a"), hostile]);
  const comment = printed(plan, "markdown");
  expect(comment).toContain("a&#124;b &lt;b>&#64;all&lt;/b>");
  for (const bad of ["<b>", "@all", "\u001b", "\u202e"]) expect(comment).not.toContain(bad);
  for (const output of ["table", "wide"] as const) {
    expect(printed(plan, output)).toContain("\\u001b");
    for (const bad of ["\u001b", "\u202e"]) expect(printed(plan, output)).not.toContain(bad);
  }
});
