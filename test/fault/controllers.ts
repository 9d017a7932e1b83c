import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ControllerProcess } from "../cluster/controller-process.ts";
import type { Probes } from "./probes.ts";
import { FaultProxy, type ProxyOptions } from "./proxy.ts";

/** A controller, the proxy through which it talks to the API server, and who asks its probes. */
export class RigController extends ControllerProcess {
  /** Absent for a controller that talks to the API server directly. */
  readonly proxy: FaultProxy | undefined;
  readonly probes: Probes;
  /** Monotonic milliseconds. */
  readonly startedAt = performance.now();

  constructor(options: { kubeconfig: string; args: readonly string[]; proxy?: FaultProxy; probes: Probes }) {
    super(options.kubeconfig, options.args);
    this.proxy = options.proxy;
    this.probes = options.probes;
    this.probes.begin();
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.probes[Symbol.asyncDispose]();
    await super[Symbol.asyncDispose]();
    await this.proxy?.[Symbol.asyncDispose]();
  }
}

/** A proxy to an API server, and the kubeconfig that leads there instead; it goes away with the one that it is made from. */
export async function proxied(
  kubeconfig: string,
  options: ProxyOptions,
): Promise<{ proxy: FaultProxy; kubeconfig: string }> {
  const proxy = await FaultProxy.start(options);
  const path = join(dirname(kubeconfig), `${randomBytes(6).toString("hex")}.kubeconfig`);
  const text = readFileSync(kubeconfig, "utf8").replaceAll(options.server, proxy.url);
  writeFileSync(path, text, { mode: 0o600 });
  return { proxy, kubeconfig: path };
}
