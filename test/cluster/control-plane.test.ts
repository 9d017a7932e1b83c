import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { describe, expect, inject, test } from "vitest";
import { Admin, ApiError } from "./admin.ts";
import { startControlPlane } from "./control-plane.ts";
import { ControlPlaneError } from "./errors.ts";
import { useCluster } from "./fixture.ts";
import { kubeconfigFor, readFolder, SAMPLES, serviceAccountToken } from "./install.ts";
import { deleteAndWait, TimeoutError, until, untilObject } from "./until.ts";

const { admin, namespace } = useCluster();
const configMap = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace } });

describe("the control plane", () => {
  test("answers, with its version, to its administrator only", async () => {
    expect(await admin.version()).toMatch(/^v1\.\d+\.\d+/);
    expect((await admin.request({ method: "GET", path: "/readyz" })).body).toBe("ok");
    await using stranger = new Admin(kubeconfigFor(admin, "not-a-token"));
    expect((await stranger.request({ method: "GET", path: "/api/v1/namespaces" })).status).toBe(401);
  });

  test("a namespace really goes away, with what is in it", async () => {
    const name = `${namespace}-gone`;
    await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    await admin.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "inside", namespace: name } });
    await deleteAndWait(admin, { kind: "Namespace", name });
    expect(await admin.find({ kind: "ConfigMap", namespace: name, name: "inside" })).toBeUndefined();
  });

  test("the controller's ServiceAccount may read its kinds and write their status, and nothing else", async () => {
    const token = await serviceAccountToken(admin, "tandem-system", "tandem-controller");
    await using controller = new Admin(kubeconfigFor(admin, token));
    const status = async (method: "GET" | "PUT" | "PATCH" | "DELETE", path: string) =>
      (await controller.request({ method, path, ...(method !== "GET" && { body: {} }) })).status;
    for (const plural of ["protectedvms", "affinitypolicies", "appliances"]) {
      const path = `/apis/tandem.dev/v1alpha1/${plural}`;
      expect(await status("GET", path), plural).toBe(200);
      const object =
        plural === "protectedvms" ? path.replace(plural, `namespaces/${namespace}/${plural}/x`) : `${path}/x`;
      expect(await status("PUT", `${object}/status`), plural).not.toBe(403);
      expect(await status("PATCH", `${object}/status`), plural).toBe(403);
      expect(await status("PUT", object), plural).toBe(403);
      expect(await status("DELETE", object), plural).toBe(403);
    }
    expect(await status("GET", "/api/v1/namespaces")).toBe(200);
    expect(await status("GET", `/api/v1/namespaces/${namespace}`)).toBe(403);
    expect(await status("GET", "/api/v1/secrets")).toBe(403);
  });
});

describe("the administrator's client", () => {
  test("refuses unknown fields on every way of writing", async () => {
    const wrong = { ...configMap("strict"), colour: "blue" };
    const refused = { status: 400, code: "BadRequest" };
    await expect(admin.create(wrong)).rejects.toMatchObject(refused);
    await admin.create(configMap("strict"));
    await expect(admin.replace(wrong)).rejects.toMatchObject(refused);
    const ref = { kind: "ConfigMap", namespace, name: "strict" };
    await expect(admin.mergePatch(ref, { colour: "blue" })).rejects.toMatchObject({ status: 422 });
    await expect(admin.apply(wrong)).rejects.toBeInstanceOf(ApiError);
  });

  test("an apply without force does not take over a field of another manager", async () => {
    const write = (value: string) => ({ ...configMap("owned"), data: { key: value } });
    await admin.apply(write("theirs"), { fieldManager: "they" });
    const mine = { fieldManager: "me", force: false };
    await expect(admin.apply(write("mine"), mine)).rejects.toMatchObject({ code: "Conflict" });
    await admin.apply(write("mine"), { ...mine, force: true });
    expect(await admin.get({ kind: "ConfigMap", namespace, name: "owned" })).toMatchObject({ data: { key: "mine" } });
  });

  test("waiting in vain says what the object looked like", async () => {
    await admin.create(configMap("waiting"));
    const never = untilObject(
      admin,
      { kind: "ConfigMap", namespace, name: "waiting" },
      {
        what: "it has a status",
        timeoutMs: 100,
        condition: () => false,
      },
    );
    await expect(never).rejects.toThrow(TimeoutError);
    await expect(never).rejects.toThrow(/until it has a status[\s\S]*"name": "waiting"/);
  });

  test("prints tables as kubectl does, byte for byte", async ({ skip }) => {
    const kubectl = (...args: string[]) =>
      execFileSync("kubectl", ["--kubeconfig", inject("kubeconfig"), "get", ...args], { encoding: "utf8" }).trimEnd();
    try {
      execFileSync("kubectl", ["version", "--client"], { stdio: "ignore" });
    } catch {
      skip("no kubectl on the PATH to compare with");
    }
    for (const sample of readFolder(SAMPLES).filter((object) => object.kind !== "Namespace")) {
      const own = sample.kind === "ProtectedVM" ? { ...sample.metadata, namespace } : sample.metadata;
      await admin.apply({ ...sample, metadata: own });
    }
    for (const [kind, resource] of [
      ["Namespace", "namespaces"],
      ["AffinityPolicy", "afp"],
      ["Appliance", "appl"],
      ["ProtectedVM", "pvm"],
    ] as const) {
      for (const wide of [false, true]) {
        const flags = [resource, ...(kind === "ProtectedVM" ? ["-A"] : []), ...(wide ? ["-o", "wide"] : [])];
        // Ages move on: the two must agree at some moment.
        await until(async () => (await admin.table(kind, { wide })) === kubectl(...flags), {
          what: `kubectl get ${flags.join(" ")} agrees`,
          state: () => kubectl(...flags),
        });
      }
    }
    const own = ["pvm", "-n", namespace];
    await until(async () => (await admin.table("ProtectedVM", { namespace })) === kubectl(...own), {
      what: "kubectl get pvm of one namespace agrees",
      state: () => kubectl(...own),
    });
  });
});

describe("a built control plane", () => {
  test("keeps its data and its address while its processes are killed and started again", async ({ skip }) => {
    const started = startControlPlane({ say: () => {}, preferExisting: false });
    await using plane = await started.catch((error: unknown) => {
      if (error instanceof ControlPlaneError && error.code === "NoControlPlane") skip(error.message);
      throw error;
    });
    await using own = new Admin(plane.kubeconfig);
    // Another one runs at the same time: they share nothing.
    expect(await own.find({ kind: "Namespace", name: namespace })).toBeUndefined();
    await own.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "kept" } });

    await plane.apiServer.kill();
    await expect(own.version()).rejects.toThrow();
    await plane.apiServer.start();
    expect((await until(() => own.get({ kind: "Namespace", name: "kept" }), { what: "kept" })).metadata.name).toBe(
      "kept",
    );

    await plane.etcd.kill();
    expect(await fetch(`${plane.etcdEndpoint}/health`).catch(() => "dead")).toBe("dead");
    await plane.etcd.start();
    expect((await until(() => own.get({ kind: "Namespace", name: "kept" }), { what: "kept" })).metadata.name).toBe(
      "kept",
    );
  });

  test("leaves nothing behind when its parent is killed with -9", async ({ skip }) => {
    const script = `
      import { startControlPlane } from ${JSON.stringify(join(import.meta.dirname, "control-plane.ts"))};
      try {
        const plane = await startControlPlane({ say() {}, preferExisting: false });
        console.log(JSON.stringify({ pids: [plane.etcd.pid, plane.apiServer.pid], kubeconfig: plane.kubeconfig }));
        setInterval(() => {}, 1000);
      } catch (error) {
        console.log(JSON.stringify({ failed: error.code }));
      }`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const told: { pids: number[]; kubeconfig: string; failed?: string } = JSON.parse(await firstLine(parent));
      if (told.failed === "NoControlPlane") skip("no Go to build one");
      expect(told.pids.every(isAlive)).toBe(true);
      parent.kill("SIGKILL");
      await until(() => !told.pids.some(isAlive) && !existsSync(dirname(told.kubeconfig)), { what: "all is gone" });
    } finally {
      parent.kill("SIGKILL");
    }
  });
});

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("no output to read");
  const lines = createInterface({ input: child.stdout });
  const [line] = await once(lines, "line");
  lines.close();
  return String(line);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
