import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "./errors.ts";
import type { Say } from "./say.ts";

/** k3s of this Kubernetes minor version has all that the CRDs need: CEL, ratcheting, selectable fields, WatchList. */
const IMAGE = "rancher/k3s:v1.36.2-k3s1";

/** An engine that accepts a connection and then says nothing counts as none. */
const ENGINE_TIMEOUT_MS = 10_000;

interface K3s extends AsyncDisposable {
  /** YAML, with the mapped port of this machine. */
  readonly kubeconfig: string;
  /** Gives an image to its container runtime: a file that `docker save` wrote. Throws with what the runtime says. */
  load(archive: string): Promise<void>;
}

/** k3s in a container of its own, or the reason why there is none here. The container ends with `asyncDispose`. */
export async function startK3s(say: Say): Promise<K3s | { skipped: string }> {
  try {
    await engineAnswers();
  } catch (error) {
    return { skipped: `no Docker engine answers (${messageOf(error)})` };
  }
  try {
    say(`Starting k3s in Docker (${IMAGE}); usually takes half a minute, and a minute more for its first download`);
    const { K3sContainer } = await import("@testcontainers/k3s");
    const container = await new K3sContainer(IMAGE)
      .withCommand(["server", "--disable=traefik,servicelb,metrics-server,local-storage"])
      .start();
    return {
      kubeconfig: container.getKubeConfig(),
      async load(archive) {
        await container.copyFilesToContainer([{ source: archive, target: "/tmp/image.tar" }]);
        const { exitCode, output } = await container.exec([
          "ctr",
          "-n",
          "k8s.io",
          "images",
          "import",
          "/tmp/image.tar",
        ]);
        if (exitCode !== 0) throw new Error(`ctr images import: ${output}`);
      },
      async [Symbol.asyncDispose]() {
        await container.stop();
      },
    };
  } catch (error) {
    return { skipped: `the container did not start (${messageOf(error)})` };
  }
}

/** The library asks each place where an engine can be (DOCKER_HOST, contexts, sockets); without one it rejects in 0.3 s. */
async function engineAnswers(): Promise<void> {
  const { getContainerRuntimeClient } = await import("testcontainers");
  const timeout = new AbortController();
  const silence = sleep(ENGINE_TIMEOUT_MS, undefined, { signal: timeout.signal, ref: false }).then(() => {
    throw new Error(`no answer in ${ENGINE_TIMEOUT_MS / 1000} s`);
  });
  try {
    await Promise.race([getContainerRuntimeClient(), silence]);
  } finally {
    timeout.abort();
    silence.catch(() => {});
  }
}
