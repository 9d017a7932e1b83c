import { beforeAll, expect, test } from "vitest";
import type { KindName } from "../../src/api/crd.ts";
import { appliance, type Tandem, vm } from "../cluster/api/support.ts";
import { Campaign } from "./campaign.ts";
import { useBadInputCluster } from "./controller.ts";
import { publishFigures } from "./publish.ts";
import { trialsOf } from "./trials.ts";

const cluster = useBadInputCluster();
const { admin, namespace } = cluster;
/** Accepted values of `hostName`: what stands on these hosts is decided anew with each appliance that comes there. */
const HOSTS = ["esx-01.lab.example", "1e3", "null", "true", "constructor", "a", "7"];

beforeAll(async () => {
  await admin.mergePatch(
    { kind: "Namespace", name: namespace },
    { metadata: { labels: { tier: "web", os: "debian" } } },
  );
  const neighbours: Tandem[] = HOSTS.map((hostName, index) => {
    return vm(
      namespace,
      `neighbour-${index}`,
      { hostName, guestOS: "Windows", features: ["AntiMalware"] },
      { tier: "web" },
    );
  });
  const charged = appliance("charged", { hostName: HOSTS[0] ?? "", services: ["GuestIntrospection"] });
  for (const object of [...neighbours, charged]) await admin.create(object);
  await cluster.right(15_000);
});

test.each<[KindName, "spec" | "status"]>([
  ["ProtectedVM", "spec"],
  ["ProtectedVM", "status"],
  ["AffinityPolicy", "spec"],
  ["Appliance", "spec"],
])("every value at every field: %s, %s", { timeout: 120_000 }, async (kind, part) => {
  const campaign = await Campaign.run(cluster, { kind, part, trials: trialsOf(kind, part, namespace) });
  publishFigures(campaign.figures);
  expect(campaign.faults).toEqual([]);
  expect(campaign.figures.accepted).toBeGreaterThan(20);
  expect(campaign.figures.refused).toBeGreaterThan(100);
});
