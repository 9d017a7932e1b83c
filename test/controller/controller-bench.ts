import type { KubeObject, Resource } from "../../src/api/object.ts";
import { Controller, type ControllerOptions, type End } from "../../src/controller/controller.ts";
import type { StatusWrite } from "../../src/kube/status.ts";
import type { Logger } from "../../src/observe/log.ts";
import { FakeApi } from "../cache/fake-api.ts";
import { VirtualClock } from "../kube/virtual-clock.ts";
import { found } from "../resolve/estate.ts";

export interface Put extends StatusWrite {
  readonly kind: string;
  readonly at: number;
}

/** A controller on four fake kinds, in virtual time, without sockets; `objects` are there by kind before it starts. */
export function controllerOn(objects: Readonly<Record<string, readonly KubeObject[]>>) {
  const clock = new VirtualClock();
  const kinds = new Map(
    ["Namespace", "Appliance", "AffinityPolicy", "ProtectedVM"].map((kind) => [kind, new FakeApi()]),
  );
  const api = (kind: string): FakeApi => found(kinds.get(kind));
  for (const [kind, all] of Object.entries(objects)) {
    for (const object of all) add(kind, object);
  }
  function add(kind: string, { metadata, ...rest }: KubeObject): void {
    const version = ++api(kind).version;
    const identity = { uid: `uid-${version}`, resourceVersion: String(version), generation: 1 };
    api(kind).objects.set(metadata.name, { ...rest, metadata: { ...metadata, ...identity } });
  }
  const puts: Put[] = [];
  const lines: string[] = [];
  const fields: unknown[] = [];
  const level = (name: string) => (first: { err?: unknown } | string, text?: string) => {
    fields.push(first);
    const why = typeof first === "object" && first.err instanceof Error ? `: ${first.err.message}` : "";
    lines.push(`${name}: ${text ?? first}${why}`);
  };
  const log = { debug: () => {}, info: level("info"), warn: level("warn"), error: level("error") };
  let onPut: (put: Put) => void | Promise<void> = () => {};
  let version = 10_000;
  const stop = new AbortController();
  return {
    clock,
    api,
    puts,
    /** The log, and the fields of its lines. */
    lines,
    fields,
    stop,
    set onPut(hook: (put: Put) => void | Promise<void>) {
      onPut = hook;
    },
    /** Statuses by name of the VM. */
    vmStatus: (name: string) => puts.findLast((put) => put.metadata.name === name)?.status,
    run(options: Partial<ControllerOptions> = {}) {
      const controller = new Controller({
        api: {
          listWatch: ({ kind }) => api(kind),
          async put({ kind }: Resource, write: StatusWrite) {
            const put = { ...write, kind, at: clock.monotonic() };
            puts.push(put);
            await onPut(put);
            const { objects } = api(kind);
            const object = { ...objects.get(write.metadata.name), status: write.status };
            const metadata = { ...write.metadata, generation: 1, resourceVersion: String(++version) };
            return { ...object, metadata };
          },
        },
        clock,
        managerVersion: "20.0",
        concurrency: 4,
        relistMs: 600_000,
        log: log as unknown as Logger,
        ...options,
      });
      const ended: { as?: End } = {};
      const done = controller.run(stop.signal).then((end) => {
        ended.as = end;
      });
      return { controller, ended, done };
    },
  };
}
