import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { KubeObject } from "../../src/api/object.ts";
import { BASE, readFolder } from "../cluster/install.ts";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const objects = readFolder(BASE);
const named = (kind: string): KubeObject[] => objects.filter((one) => one.kind === kind);

/** `group/resource: verb`, with the object's name where only that one is meant. */
function rightsOf(kind: string): string[] {
  const rules = named(kind).flatMap((one) => (one as KubeObject & { rules: Rule[] }).rules);
  return rules
    .flatMap(({ apiGroups, resources, resourceNames, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => `${group}/${resource}${resourceNames ? `[${resourceNames}]` : ""}: ${verb}`),
        ),
      ),
    )
    .toSorted();
}

test("the controller may do this, and nothing else", () => {
  const kinds = ["affinitypolicies", "appliances", "protectedvms"];
  expect(rightsOf("ClusterRole")).toEqual(
    [
      "/namespaces: list",
      "/namespaces: watch",
      "events.k8s.io/events: create",
      "events.k8s.io/events: patch",
      ...kinds.flatMap((kind) => ["list", "watch"].map((verb) => `tandem.dev/${kind}: ${verb}`)),
      ...kinds.map((kind) => `tandem.dev/${kind}/status: update`),
    ].toSorted(),
  );
  expect(rightsOf("Role")).toEqual([
    "coordination.k8s.io/leases: create",
    "coordination.k8s.io/leases[tandem-controller]: get",
    "coordination.k8s.io/leases[tandem-controller]: update",
  ]);
});

test("its rights go to its own ServiceAccount alone", () => {
  for (const kind of ["ClusterRoleBinding", "RoleBinding"]) {
    expect(named(kind)).toMatchObject([
      { subjects: [{ kind: "ServiceAccount", name: "tandem-controller", namespace: "tandem-system" }] },
    ]);
    expect(named(kind)).toHaveLength(1);
  }
});

test("its Pod is no root, cannot become one, and cannot write to its image", () => {
  const [deployment] = named("Deployment");
  expect(deployment).toMatchObject({
    spec: {
      template: {
        spec: {
          securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
          containers: [
            {
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ["ALL"] },
              },
              resources: { limits: { memory: expect.any(String) } },
            },
          ],
        },
      },
    },
  });
  const text = JSON.stringify(deployment);
  for (const word of [
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "hostPath",
    "hostPort",
    "privileged",
    '"add"',
    "secretKeyRef",
    "initContainers",
  ]) {
    expect(text).not.toContain(word);
  }
  expect(named("Namespace")).toMatchObject([
    { metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } } },
  ]);
});

test("its image starts Node as the launcher does", () => {
  const root = join(BASE, "..", "..");
  const launcher = /exec "\$node" (.*) "\$program"/.exec(readFileSync(join(root, "bin", "tandem"), "utf8"))?.[1];
  expect(launcher).toMatch(/^--/);
  const flags = (launcher ?? "").split(" ").map((flag) => `"${flag}"`);
  const entryPoint = `ENTRYPOINT ["node", ${flags.join(", ")}, "/app/tandem.mjs"]`;
  expect(readFileSync(join(root, "Dockerfile"), "utf8")).toContain(entryPoint);
});

test("its image runs as the same user, and has no shell script for an entry point", () => {
  const lines = readFileSync(join(BASE, "..", "..", "Dockerfile"), "utf8").split("\n");
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")));
  expect(last.filter((line) => line.startsWith("USER "))).toEqual(["USER 65532:65532"]);
  expect(last.find((line) => line.startsWith("ENTRYPOINT "))).toMatch(/^ENTRYPOINT \["node", /);
  expect(lines.filter((line) => /^(ADD|ENV|ARG)\b.*(token|password|secret)/i.test(line))).toEqual([]);
});
