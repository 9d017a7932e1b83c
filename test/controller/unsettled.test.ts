import { expect, test } from "vitest";
import { appliance, policy, vm } from "../resolve/estate.ts";
import { refusal } from "./api-server.ts";
import { Rig } from "./rig.ts";

test("VM refused for good stays unsettled while nothing changes", async () => {
  const rig = new Rig();
  rig.server.apply("ProtectedVM", vm("a", {}, { tier: "pci" }));
  rig.server.fault = () => ({ error: refusal(422, "Invalid") });
  await rig.start();
  await rig.rest();
  expect(rig.engine.unsettled).toBe(1);
  // touches this VM's key (an appliance comes and goes on its host) without changing what its status should be
  rig.server.apply("AffinityPolicy", policy("p", { vmSelector: { matchLabels: { tier: "pci" } } }));
  rig.server.delete("AffinityPolicy", "p");
  await rig.rest();
  expect(rig.engine.unsettled).toBe(1);
});

test("an appliance refused for good stays unsettled", async () => {
  const rig = new Rig();
  rig.server.apply("Appliance", appliance("a"));
  rig.server.apply("ProtectedVM", vm("a"));
  rig.server.fault = ({ kind }) => (kind === "Appliance" ? { error: refusal(422, "Invalid") } : undefined);
  await rig.start();
  await rig.rest();
  expect(rig.engine.unsettled).toBe(1);
  // 2 changes that cancel out in the counts
  rig.server.apply("ProtectedVM", vm("b"));
  rig.server.delete("ProtectedVM", "shop/b");
  await rig.rest(120_000);
  expect(rig.engine.unsettled).toBe(1);
});

test("what was refused for good is settled again once its status is taken", async () => {
  const rig = new Rig();
  rig.server.apply("Appliance", appliance("a"));
  rig.server.apply("ProtectedVM", vm("a"));
  rig.server.fault = () => ({ error: refusal(422, "Invalid") });
  await rig.start();
  await rig.rest();
  expect(rig.engine.unsettled).toBe(2);
  rig.server.fault = () => undefined;
  rig.server.apply("Appliance", appliance("a", { version: "20.0" }));
  rig.server.apply("ProtectedVM", vm("a", { guestOS: "Linux" }));
  await rig.rest();
  expect([rig.engine.unsettled, rig.wrong()]).toEqual([0, []]);
});

test("what was refused for good and is then deleted is no concern any more", async () => {
  const rig = new Rig();
  rig.server.apply("Appliance", appliance("a"));
  rig.server.apply("AffinityPolicy", policy("a"));
  rig.server.apply("ProtectedVM", vm("a"));
  rig.server.fault = () => ({ error: refusal(422, "Invalid") });
  await rig.start();
  await rig.rest();
  expect(rig.engine.unsettled).toBe(3);
  rig.server.delete("ProtectedVM", "shop/a");
  rig.server.delete("AffinityPolicy", "a");
  rig.server.delete("Appliance", "a");
  await rig.rest();
  expect(rig.engine.unsettled).toBe(0);
});
