import { expect, test } from "vitest";
import type { Appliance, ProtectedVM } from "../../src/api/kinds.ts";
import { appliance, condition, vm } from "../cluster/api/support.ts";
import { useBadInputCluster } from "./controller.ts";

const cluster = useBadInputCluster();
const { admin, namespace } = cluster;
const VM = { kind: "ProtectedVM", namespace, name: "versions" };
const APPLIANCE = { kind: "Appliance", name: "versions" };

/** A VM that only its agent can protect, and one that only its appliance can. */
const withAgent = (version?: string): ProtectedVM => {
  const agent = {
    state: "Activated" as const,
    modules: ["Firewall" as const],
    ...(version !== undefined && { version }),
  };
  return vm(namespace, VM.name, { guestOS: "Linux", features: ["Firewall"], agent });
};
const ofVersion = (version?: string): Appliance =>
  appliance(APPLIANCE.name, { hostName: "versions", ...(version !== undefined && { version }) });

/** SPEC R1, R2: below 9.6 neither counts; versions compare by numbers. */
const VERSIONS: readonly (readonly [string | undefined, boolean])[] = [
  ["20.0.1", true],
  ["20.0.10", true],
  ["9.6", true],
  ["9.6.0.0", true],
  ["9.10", true],
  ["10", true],
  ["9.5.999999999", false],
  ["9.06", true],
  ["09.6", true],
  ["9", false],
  ["0", false],
  ["999999999.999999999", true],
  [undefined, true],
  // And down again.
  ["20.0.10", true],
  ["9.5", false],
  ["20.0.1", true],
];

test("versions of an agent and an appliance, up and down: both count from 9.6 on, by numbers", async () => {
  for (const [version, counts] of VERSIONS) {
    // As kubectl apply does: what the manifest no longer has goes away.
    await admin.apply(withAgent(version));
    await admin.apply(ofVersion(version));
    await cluster.right();
    const one = await admin.get<ProtectedVM>(VM);
    expect(one.status?.mode, `agent ${version}`).toBe(counts ? "AgentBased" : "Unprotected");
    const other = await admin.get<Appliance>(APPLIANCE);
    const expected = counts ? "True/Accepted" : "False/UnsupportedVersion";
    expect(condition(other, "Accepted"), `appliance ${version}`).toBe(expected);
  }
});

test.each([
  "v1.2",
  "",
  " ",
  "1.",
  ".1",
  "1..2",
  "1.2 ",
  "-1",
  "20.0-rc1",
  "1.2.3.4.5.6.7.8.9",
  "1234567890",
  "٢٠",
  "20,0",
  "1e3",
])("the version %j is refused, and changes nothing", async (version) => {
  await admin.apply(withAgent("20.0.1"));
  await admin.apply(ofVersion("20.0.1"));
  await cluster.right();
  const before = [await admin.get<ProtectedVM>(VM), await admin.get<Appliance>(APPLIANCE)];
  await expect(admin.apply(withAgent(version))).rejects.toMatchObject({ status: 422 });
  await expect(admin.apply(ofVersion(version))).rejects.toMatchObject({ status: 422 });
  expect([await admin.get<ProtectedVM>(VM), await admin.get<Appliance>(APPLIANCE)]).toEqual(before);
});
