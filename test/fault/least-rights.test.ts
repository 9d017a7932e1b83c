import { afterEach, expect, test } from "vitest";
import type { KubeObject } from "../../src/api/object.ts";
import { BASE, readFolder } from "../cluster/install.ts";
import { refOf } from "../cluster/kinds.ts";
import { until } from "../cluster/until.ts";
import { editVm } from "./edits.ts";
import type { Plan } from "./plan.ts";
import { ELECTION, NAMESPACE, useRig } from "./rig.ts";

const ACCOUNT = "system:serviceaccount:tandem-system:tandem-controller";
const LEASE = { kind: "Lease", namespace: "tandem-system", name: "tandem-controller" };
const rig = useRig();

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

type Role = KubeObject & { readonly rules: readonly Rule[] };

const ROLES = readFolder(BASE).filter(({ kind }) => kind === "Role" || kind === "ClusterRole") as Role[];

interface Right {
  readonly role: Role;
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  readonly name: string;
}

const RIGHTS: readonly Right[] = ROLES.flatMap((role) =>
  role.rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.map((verb) => ({ role, group, resource, verb, name: `${verb} ${resource}` })),
      ),
    ),
  ),
);

/** Where it is shown that a right is used, if it takes longer than a test should. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "patch events": "the number on a series is told after 30 s: test/cluster/events.test.ts",
};

/** With it a controller has to list in pages, as on an older API server: only then does it need `list`. */
const NO_WATCH_LIST: Plan = {
  seed: 1,
  trigger: { verb: "watchlist" },
  fault: { type: "answer", status: 422, body: "" },
  duration: "always",
};

function without({ role, resource, verb }: Right): Rule[] {
  return role.rules.flatMap((rule) => {
    if (!rule.resources.includes(resource) || !rule.verbs.includes(verb)) return [rule];
    const others = rule.resources.filter((other) => other !== resource);
    const verbs = rule.verbs.filter((other) => other !== verb);
    return [
      ...(others.length > 0 ? [{ ...rule, resources: others }] : []),
      ...(verbs.length > 0 ? [{ ...rule, resources: [resource], verbs }] : []),
    ];
  });
}

async function isAllowed({ group, resource, verb }: Right): Promise<boolean> {
  const [plural, subresource] = resource.split("/");
  const body = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: {
      user: ACCOUNT,
      groups: ["system:serviceaccounts", "system:serviceaccounts:tandem-system", "system:authenticated"],
      resourceAttributes: { group, resource: plural, subresource, verb, namespace: LEASE.namespace, name: LEASE.name },
    },
  };
  const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
  const answer = await rig().admin.request({ method: "POST", path, body });
  return (answer.body as { status: { allowed: boolean } }).status.allowed;
}

/** Starts a controller that takes the lease, lists, decides and says so; answers the requests that were forbidden. */
async function forbidden({ pages }: { pages: boolean }): Promise<string[]> {
  await rig().admin.delete(LEASE);
  const { proxy } = await rig().startController({ args: ELECTION, plans: pages ? [NO_WATCH_LIST] : [] });
  const found = () => proxy.history.requests.filter(({ status }) => status === 403);
  const began = performance.now();
  let edit = 0;
  await until(
    async () => {
      await editVm(rig().admin, { namespace: NAMESPACE, n: 1 }, edit++);
      return found().length > 0 || performance.now() - began > 5_000;
    },
    { what: "something is forbidden, or five seconds are over" },
  );
  return found().map(
    ({ request }) => `${request.verb} ${request.resource}${request.subresource ? `/${request.subresource}` : ""}`,
  );
}

afterEach(async () => {
  for (const role of ROLES) await rig().admin.mergePatch(refOf(role), { rules: role.rules });
});

test("with all its rights nothing is forbidden", async () => {
  await rig().populate(4, 2);
  expect(await forbidden({ pages: false })).toEqual([]);
  expect(await forbidden({ pages: true })).toEqual([]);
});

test.each(RIGHTS.filter(({ name }) => !(name in ELSEWHERE)))(
  "the right to $name is used: without it something fails",
  async (right) => {
    await rig().populate(4, 2);
    await rig().admin.mergePatch(refOf(right.role), { rules: without(right) });
    await until(async () => !(await isAllowed(right)), { what: `${right.name} is taken away` });
    const { verb, resource } = right;
    const asked = await forbidden({ pages: verb === "list" });
    expect(asked.map((one) => one.replace("watchlist", "watch"))).toContain(`${verb} ${resource}`);
  },
);
