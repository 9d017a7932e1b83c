import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readInput } from "../../../src/cli/input/input.ts";
import { readSides } from "../../../src/cli/input/sides.ts";
import { names, problems, reading, vm } from "./io.ts";
import { enter, temporaryFolder, write } from "./repository.ts";

interface Answer {
  readonly status?: number;
  readonly body: object;
}

/** A server that answers each GET by its path and query, and the kubeconfig of it in the present folder. */
async function cluster(answer: (url: URL) => Answer): Promise<{ kubeconfig: string; asked: string[] }> {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://server");
    asked.push(`${request.method} ${url.pathname}${url.search}`);
    const { status = 200, body } = answer(url);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const folder = temporaryFolder();
  enter(folder);
  const { port } = server.address() as AddressInfo;
  write(folder, {
    kubeconfig: JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "lab",
      contexts: [{ name: "lab", context: { cluster: "c", user: "u" } }],
      clusters: [{ name: "c", cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ name: "u", user: { token: "t" } }],
    }),
  });
  return { kubeconfig: join(folder, "kubeconfig"), asked };
}

const KINDS: Record<string, string> = {
  namespaces: "Namespace",
  appliances: "Appliance",
  affinitypolicies: "AffinityPolicy",
  protectedvms: "ProtectedVM",
};
const kindOf = ({ pathname }: URL) => KINDS[pathname.split("/").at(-1) ?? ""] ?? "";

const page = (url: URL, items: object[] = [], more = ""): Answer => ({
  body: { kind: `${kindOf(url)}List`, metadata: { resourceVersion: "7", continue: more }, items },
});
const stored = (kind: string, name: string, fields: object = {}) => ({
  ...(kind !== "Namespace" && { apiVersion: "tandem.dev/v1alpha1", kind }),
  metadata: { name, ...(kind === "ProtectedVM" && { namespace: "shop" }), resourceVersion: "5", managedFields: [{}] },
  ...fields,
});
const status = (code: number, reason: string, message: string): Answer => ({
  status: code,
  body: { kind: "Status", code, reason, message },
});
const VM = stored("ProtectedVM", "a", {
  spec: { guestOS: "Linux", features: ["Firewall"] },
  status: { mode: "Agentless" },
});

test("reads the three kinds and the namespaces, by lists alone; an object's place is its cluster", async () => {
  const { kubeconfig, asked } = await cluster((url) => {
    switch (kindOf(url)) {
      case "Namespace":
        return page(url, [{ metadata: { name: "shop", resourceVersion: "1", labels: { env: "prod" } } }]);
      case "ProtectedVM":
        return url.searchParams.get("continue") === "two"
          ? page(url, [stored("ProtectedVM", "b", { spec: {} })])
          : page(url, [VM], "two");
      default:
        return page(url);
    }
  });
  const estate = await readInput({ namespace: "default", context: "lab", kubeconfig }, reading());
  expect(names(estate)).toEqual(["ProtectedVM/a", "ProtectedVM/b"]);
  expect(estate.namespaces).toEqual(new Map([["shop", { env: "prod" }]]));
  const [a] = estate.objects;
  if (a === undefined) throw new Error("no object");
  expect(a.object.metadata).not.toHaveProperty("managedFields");
  expect(estate.manifestOf(a).problem(["spec"], "text")).toEqual({ file: "cluster lab", path: ["spec"], text: "text" });
  expect(estate.manifestOf(a).source).toBeUndefined();
  expect(asked).toEqual([
    "GET /api/v1/namespaces?limit=500",
    "GET /apis/tandem.dev/v1alpha1/appliances?limit=500",
    "GET /apis/tandem.dev/v1alpha1/affinitypolicies?limit=500",
    "GET /apis/tandem.dev/v1alpha1/protectedvms?limit=500",
    "GET /apis/tandem.dev/v1alpha1/protectedvms?limit=500&continue=two",
  ]);
});

test("a list whose moment is forgotten is begun again, but not for ever", async () => {
  let expired = 0;
  const forgetful = (times: number) =>
    cluster((url) => {
      if (kindOf(url) !== "ProtectedVM") return page(url);
      if (!url.searchParams.has("continue")) return page(url, [VM], "two");
      return expired++ < times ? status(410, "Expired", "too old") : page(url, []);
    });
  const { kubeconfig } = await forgetful(2);
  expect(names(await readInput({ namespace: "default", kubeconfig }, reading()))).toEqual(["ProtectedVM/a"]);
  expired = 0;
  const { kubeconfig: other } = await forgetful(9);
  await expect(readInput({ namespace: "default", kubeconfig: other }, reading())).rejects.toThrow(
    /^the cluster: .*410/,
  );
});

test("what is missing or forbidden is told with what to do, in one line", async () => {
  const { kubeconfig: without } = await cluster((url) =>
    kindOf(url) === "Namespace"
      ? page(url)
      : status(404, "NotFound", "the server could not find the requested resource"),
  );
  const read = (kubeconfig: string) => readInput({ namespace: "default", context: "lab", kubeconfig }, reading());
  await expect(read(without)).rejects.toThrow(
    "cluster lab: it does not serve appliances.tandem.dev v1alpha1; install Tandem's kinds: kubectl apply -f crds/",
  );
  const { kubeconfig: forbidden } = await cluster((url) =>
    kindOf(url) === "ProtectedVM" ? status(403, "Forbidden", "no") : page(url),
  );
  await expect(read(forbidden)).rejects.toThrow(
    /^cluster lab: you may not list protectedvms\.tandem\.dev; have a ClusterRole with the verb "list" for protectedvms\.tandem\.dev bound to you \(.*403.*\)$/,
  );
  const { kubeconfig: refused } = await cluster(() => status(401, "Unauthorized", "Unauthorized"));
  await expect(read(refused)).rejects.toThrow("cluster lab: it refuses these credentials; log in again");
});

test("beside a cluster, files have its namespaces unless they name them, and its statuses", async () => {
  const { kubeconfig, asked } = await cluster((url) => {
    const labels = { env: "prod" };
    const namespace = (name: string) => ({ metadata: { name, resourceVersion: "1", labels } });
    if (kindOf(url) === "Namespace") return page(url, [namespace("shop"), namespace("lab")]);
    return page(url, kindOf(url) === "ProtectedVM" ? [VM] : []);
  });
  write(".", { "a.yaml": `${vm("a")}---\napiVersion: v1\nkind: Namespace\nmetadata: {name: lab}\n` });
  const options = { namespace: "default", kubeconfig, filename: ["a.yaml"] };
  const sides = await readSides({ ...options, from: "cluster", with: ["cluster"] }, reading());
  expect(problems(sides)).toEqual([]);
  expect(sides.to.namespaces).toEqual(
    new Map([
      ["lab", {}],
      ["shop", { env: "prod" }],
    ]),
  );
  expect(sides.to.objects.map(({ object }) => object.status)).toEqual([{ mode: "Agentless" }]);
  // Once, though it is a side and on both sides.
  expect(asked).toHaveLength(4);
  const alone = await readSides({ ...options, from: "cluster" }, reading());
  expect(alone.to.namespaces).toEqual(sides.to.namespaces);
  const back = await readSides({ ...options, to: "cluster:lab" }, reading());
  expect(back.from.namespaces).toEqual(sides.to.namespaces);
});
