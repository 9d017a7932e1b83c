import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import type { KubeObject } from "../../src/api/object.ts";
import { BASE, readFolder } from "../cluster/install.ts";
import { built, COMPONENTS, NO_KUBECTL, OVERLAYS, objectsOf } from "../manifests/kustomize.ts";

interface Rule {
  /** Absent, with the resources, where the rule is about URLs. */
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

type Role = KubeObject & { readonly rules: readonly Rule[] };
type Binding = KubeObject & { readonly roleRef: { readonly name: string }; readonly subjects: readonly object[] };

const objects = readFolder(BASE);
const named = (kind: string): KubeObject[] => objects.filter((one) => one.kind === kind);
const rolesOf = (some: readonly KubeObject[]): Role[] =>
  some.filter(({ kind }) => kind === "ClusterRole" || kind === "Role") as Role[];

/** `group/resource: verb`, with the object's name where only that one is meant. */
function rightsOf(roles: readonly KubeObject[]): string[] {
  return (roles as readonly Role[])
    .flatMap(({ rules }) => rules)
    .flatMap(({ apiGroups = [], resources = [], resourceNames, verbs }) =>
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
  expect(rightsOf(named("ClusterRole"))).toEqual(
    [
      "/namespaces: list",
      "/namespaces: watch",
      "events.k8s.io/events: create",
      "events.k8s.io/events: patch",
      ...kinds.flatMap((kind) => ["list", "watch"].map((verb) => `tandem.dev/${kind}: ${verb}`)),
      ...kinds.map((kind) => `tandem.dev/${kind}/status: update`),
    ].toSorted(),
  );
  expect(rightsOf(named("Role"))).toEqual([
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

/** Its Pod is no root, cannot become one, and cannot write to its image. */
function expectHardened(some: readonly KubeObject[]): void {
  const deployment = some.find(({ kind }) => kind === "Deployment");
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
  expect(some.filter(({ kind }) => kind === "Namespace")).toMatchObject([
    { metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } } },
  ]);
}

test("its Pod is no root, cannot become one, and cannot write to its image", () => {
  expectHardened(objects);
  expect(named("ServiceAccount")).toMatchObject([{ automountServiceAccountToken: false }]);
});

describe.each([...OVERLAYS, ...COMPONENTS])("%s", (folder) => {
  let all: readonly KubeObject[] = [];
  beforeEach(({ skip }) => {
    if (NO_KUBECTL !== undefined) skip(NO_KUBECTL);
    all = objectsOf(built(folder));
  });

  test("the Pod is as safe as that of the base", () => {
    expectHardened(all);
  });

  test("no role has a wildcard, makes itself stronger, or reads what is secret", () => {
    for (const role of rolesOf(all)) {
      const text = JSON.stringify(role.rules);
      for (const word of ["*", "escalate", "bind", "impersonate", "secrets", "serviceaccounts", "/exec"]) {
        expect(text, role.metadata.name).not.toContain(`"${word}"`);
      }
    }
  });

  test("statuses are written by the controller's roles, and patched by the reporter's", () => {
    const writers = rolesOf(all).flatMap((role) =>
      rightsOf([role])
        .filter((right) => right.includes("/status"))
        .map((right) => `${role.metadata.name} ${/[^/]*$/.exec(right)?.[0]}`),
    );
    expect(new Set(writers)).toEqual(
      new Set([
        "tandem-controller status: update",
        "tandem-reporter status: patch",
        ...(folder === "components/namespaced-writes" ? ["tandem-vm-status-writer status: update"] : []),
      ]),
    );
  });

  test("nothing is bound but to the controller, and what Prometheus needs to Prometheus", () => {
    const bindings = all.filter(({ kind }) => kind?.endsWith("RoleBinding")) as Binding[];
    for (const { roleRef, subjects, metadata } of bindings) {
      const account = /^tandem-metrics-(reader|discovery)$/.test(roleRef.name)
        ? { namespace: "monitoring", name: "prometheus-k8s" }
        : { namespace: "tandem-system", name: "tandem-controller" };
      expect(subjects, metadata.name).toEqual([{ kind: "ServiceAccount", ...account }]);
    }
  });
});

test("what components/namespaced-writes takes from the controller is what its other role gives", ({ skip }) => {
  if (NO_KUBECTL !== undefined) skip(NO_KUBECTL);
  const named = (role: KubeObject) => /^tandem-(controller|vm-status-writer)$/.test(role.metadata.name);
  const split = rolesOf(objectsOf(built("components/namespaced-writes"))).filter(named);
  expect(split).toHaveLength(3);
  expect(rightsOf(split)).toEqual(rightsOf(rolesOf(objects)));
});

const ROOT = join(BASE, "..", "..");
const text = (...path: string[]) => readFileSync(join(ROOT, ...path), "utf8");

test("its image starts Node as the launcher does, but for the name that help has on a terminal", () => {
  const launcher = /exec "\$node" (.*) "\$program"/.exec(text("bin", "tandem"))?.[1];
  expect(launcher).toMatch(/^--/);
  const flags = (launcher ?? "").split(" ").filter((flag) => !flag.startsWith("--title="));
  expect(text("scripts", "image-root.ts")).toContain(`#!/usr/local/bin/node ${flags.join(" ")}\\n`);
});

test("its image runs as the same user, and has no shell script for an entry point", () => {
  const lines = text("Dockerfile").split("\n");
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")));
  expect(last.filter((line) => line.startsWith("USER "))).toEqual(["USER 65532:65532"]);
  expect(last.find((line) => line.startsWith("ENTRYPOINT "))).toBe('ENTRYPOINT ["/usr/local/bin/tandem"]');
  expect(lines.filter((line) => /^(ADD|ENV|ARG)\b.*(token|password|secret)/i.test(line))).toEqual([]);
});
