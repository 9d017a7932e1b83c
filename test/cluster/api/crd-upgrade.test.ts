import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { KubeObject } from "../../../src/api/object.ts";
import { PRESENT, RELEASES, releases } from "../../versions/releases.ts";
import { brokenBy, holds } from "../../versions/upgrade.ts";
import { Admin } from "../admin.ts";
import { startControlPlane } from "../control-plane.ts";
import { ControlPlaneError } from "../errors.ts";
import { CRDS, readFolder } from "../install.ts";

/* Objects written under the CRDs of each release survive those of today. On a control plane of its own: it takes the kinds away. */
const stack = new AsyncDisposableStack();
const folder = mkdtempSync(join(tmpdir(), "tandem-upgrade-"));
let admin: Admin;
let reasonToSkip: string | undefined;

beforeAll(async () => {
  try {
    const plane = stack.use(await startControlPlane({ say: () => {}, preferExisting: false }));
    admin = stack.use(new Admin(plane.kubeconfig));
  } catch (error) {
    if (!(error instanceof ControlPlaneError && error.code === "NoControlPlane")) throw error;
    reasonToSkip = error.message;
  }
}, 600_000);
beforeEach(({ skip }) => skip(reasonToSkip !== undefined, reasonToSkip));
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await stack.disposeAsync();
});

type Properties = Record<string, Record<string, unknown>>;
type Schema = { properties: Properties };
interface Crd extends KubeObject {
  spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: Schema; status: Schema } } } }[] };
}

/** A folder with today's CRDs, that of ProtectedVM changed: what an earlier or a later release might have. */
function variant(name: string, change: (spec: Schema, status: Schema) => void): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const crd of readFolder(CRDS) as Crd[]) {
    const { spec, status } = crd.spec.versions[0]?.schema.openAPIV3Schema.properties ?? {};
    if (crd.metadata.name.startsWith("protectedvms") && spec && status) change(spec, status);
    writeFileSync(join(path, `${crd.metadata.name}.yaml`), JSON.stringify(crd));
  }
  return path;
}

const present = (): KubeObject[] => read(PRESENT);
/** The objects kept of a release, namespaces first. */
function read(release: string): KubeObject[] {
  const objects = readFolder(join(RELEASES, release, "objects"));
  return objects.toSorted((a, b) => Number(b.kind === "Namespace") - Number(a.kind === "Namespace"));
}

test.each(releases())(
  "%s: what was written under its CRDs is kept, decided the same, and can be edited",
  async (release) => {
    const objects = read(release);
    expect(objects.length).toBeGreaterThan(20);
    expect(await brokenBy(admin, { from: join(RELEASES, release), objects })).toEqual([]);
  },
  120_000,
);

test("a release that adds fields and values breaks nothing", async () => {
  const from = variant("less", (spec, status) => {
    delete spec.properties.applianceProtection;
    spec.properties.guestOS = { ...spec.properties.guestOS, enum: ["Windows", "Linux"] };
    delete status.properties.forecast;
  });
  const written = present().filter((object) => !/"applianceProtection"|"guestOS":"Other"/.test(JSON.stringify(object)));
  expect(present().length - written.length).toBe(2);
  expect(await brokenBy(admin, { from, objects: written })).toEqual([]);
}, 120_000);

test("one that takes a field and a value away breaks the objects that have them, and is told which", async () => {
  const from = variant("more", (spec) => {
    spec.properties.rack = { type: "string", maxLength: 64 };
    spec.properties.guestOS = { ...spec.properties.guestOS, enum: ["Windows", "Linux", "Other", "Solaris"] };
  });
  const vm = (name: string, spec: object): KubeObject =>
    ({
      apiVersion: "tandem.dev/v1alpha1",
      kind: "ProtectedVM",
      metadata: { name, namespace: "lab" },
      spec,
    }) as KubeObject;
  const objects = [
    ...present(),
    vm("racked", { guestOS: "Linux", features: ["Firewall"], rack: "r1" }),
    vm("sun", { guestOS: "Solaris", features: ["Firewall"] }),
  ];
  const broken = await brokenBy(admin, { from, objects });
  expect(broken.filter((line) => !/ lab\/(racked|sun) /.test(line))).toEqual([]);
  expect(broken).toContain("ProtectedVM lab/racked has another spec");
  expect(broken.join("\n")).toMatch(
    /^ProtectedVM lab\/sun could not be created again: .*Unsupported value: "Solaris"/m,
  );
}, 120_000);

test("a status that lost something would be seen, one that gained something is fine", () => {
  const before = { mode: "Combined", features: [{ name: "Firewall", source: "Agent" }] };
  expect(holds({ ...before, forecast: {}, features: [{ name: "Firewall", source: "Agent", more: 1 }] }, before)).toBe(
    true,
  );
  expect(holds({ mode: "Combined" }, before)).toBe(false);
  expect(holds({ ...before, features: [] }, before)).toBe(false);
  expect(holds({ ...before, features: [{ name: "Firewall", source: "None" }] }, before)).toBe(false);
});
