import type { AffinityPolicy, Appliance, ProtectedVM } from "../../src/api/kinds.ts";
import { keyOf, type Resource } from "../../src/api/object.ts";
import type { Api } from "../../src/controller/api.ts";
import { isTooLargeResourceVersion } from "../../src/kube/errors.ts";
import type { ListWatch } from "../../src/kube/list-watch.ts";
import type { StoredObject } from "../../src/kube/parse-object.ts";
import type { StatusWrite } from "../../src/kube/status.ts";
import type { WatchEvent } from "../../src/kube/watch-event.ts";
import { isSameStatus, NOW } from "../fault/same-status.ts";
import { applianceStatus } from "../reference/appliance.ts";
import { policyStatus } from "../reference/policy.ts";
import { resolveVm, vmStatus } from "../reference/vm.ts";
import { type World, worldOf } from "../reference/world.ts";

/** What is known of a name: an object, or that there is none, as of a revision. */
interface Entry {
  readonly revision: bigint;
  readonly object: StoredObject | undefined;
}

/**
 * What a process can know of one kind: of each name the newest that was delivered to it, by an event, by a list that is not
 * older than what it knew when it asked, or by the answer to a write of its own. So it never goes back, but when the server
 * itself says that it has.
 */
class KindView {
  entries = new Map<string, Entry>();
  /** Uids of objects that were deleted: no event brings them back, only a list. */
  readonly #deleted = new Set<string | undefined>();
  /** Undefined: whatever is listed next is the truth. */
  #newest: bigint | undefined;

  get newest(): bigint | undefined {
    return this.#newest;
  }

  reach(resourceVersion: string): void {
    const revision = BigInt(resourceVersion);
    if (this.#newest !== undefined && revision > this.#newest) this.#newest = revision;
  }

  takeEvent({ type, object }: Exclude<WatchEvent, { type: "BOOKMARK" }>): void {
    const revision = BigInt(object.metadata.resourceVersion);
    const key = keyOf(object);
    const known = this.entries.get(key);
    const isNews = known === undefined || known.revision < revision;
    if (type === "DELETED") {
      this.#deleted.add(object.metadata.uid);
      if (isNews) this.entries.set(key, { revision, object: undefined });
    } else if (isNews && !this.#deleted.has(object.metadata.uid)) {
      if (known?.object?.metadata.uid !== object.metadata.uid) this.#deleted.add(known?.object?.metadata.uid);
      this.entries.set(key, { revision, object });
    }
    this.reach(object.metadata.resourceVersion);
  }

  /** @param asked the newest that was known when the list was asked for */
  takeList(objects: readonly StoredObject[], resourceVersion: string, asked: bigint | undefined): void {
    const revision = BigInt(resourceVersion);
    if (asked !== undefined && revision < asked) return;
    const entries = new Map<string, Entry>();
    for (const object of objects) {
      entries.set(keyOf(object), { revision: BigInt(object.metadata.resourceVersion), object });
    }
    for (const [key, { object, ...known }] of this.entries) {
      if (asked === undefined) continue;
      if (known.revision > revision) entries.set(key, { ...known, object });
      else if (!entries.has(key)) entries.set(key, { revision, object: undefined });
    }
    this.entries = entries;
    if (asked === undefined) this.#deleted.clear();
    this.#newest ??= revision;
    this.reach(resourceVersion);
  }

  /** An object that is gone does not come back with the answer to a write that was under way. */
  takeAnswer(object: StoredObject): void {
    const known = this.entries.get(keyOf(object))?.object;
    if (known?.metadata.uid === object.metadata.uid) this.takeEvent({ type: "MODIFIED", object });
  }

  /** The server has not come as far as what is known: it was restored. */
  refuted(error: unknown): void {
    if (isTooLargeResourceVersion(error)) this.#newest = undefined;
  }

  get objects(): StoredObject[] {
    return [...this.entries.values()].flatMap(({ object }) => object ?? []);
  }
}

/** S1 and S2, exactly: what was delivered to one process, and so what each status that it sends has to be. */
export class View {
  readonly #kinds = new Map<string, KindView>();
  readonly #onFault: (fault: string) => void;

  constructor(onFault: (fault: string) => void) {
    this.#onFault = onFault;
  }

  /** The same API, with everything that comes out of it noted, and everything that goes in checked. */
  observed(api: Api): Api {
    return {
      listWatch: (resource) => this.#listWatch(api.listWatch(resource), this.#of(resource.kind)),
      put: async (resource, write) => {
        const fault = this.#faultOf(resource, write);
        if (fault !== undefined) this.#onFault(`${resource.kind} ${keyOf(write)}: ${fault}`);
        const answer = await api.put(resource, write);
        this.#of(resource.kind).takeAnswer(structuredClone(answer));
        return answer;
      },
    };
  }

  #of(kind: string): KindView {
    const view = this.#kinds.get(kind) ?? new KindView();
    this.#kinds.set(kind, view);
    return view;
  }

  #listWatch(listWatch: ListWatch, view: KindView): ListWatch {
    return {
      async *list(signal) {
        const asked = view.newest;
        const objects: StoredObject[] = [];
        let resourceVersion = "";
        try {
          for await (const page of listWatch.list(signal)) {
            resourceVersion = page.resourceVersion;
            objects.push(...page.items.map((item) => structuredClone(item)));
            yield page;
          }
        } catch (error) {
          view.refuted(error);
          throw error;
        }
        if (!signal.aborted) view.takeList(objects, resourceVersion, asked);
      },
      async watch(options) {
        const asked = view.newest;
        try {
          const events = await listWatch.watch(options);
          return followed(events, { view, asked, isList: options.sendInitialEvents === true, signal: options.signal });
        } catch (error) {
          view.refuted(error);
          throw error;
        }
      },
      async expectReached(resourceVersion, signal) {
        try {
          await listWatch.expectReached(resourceVersion, signal);
        } catch (error) {
          view.refuted(error);
          throw error;
        }
      },
    };
  }

  #faultOf({ kind }: Resource, { metadata, status }: StatusWrite): string | undefined {
    const key = keyOf({ metadata });
    const known = this.#of(kind).entries.get(key)?.object;
    if (known === undefined) return "written without being known (S1)";
    if (known.metadata.uid !== metadata.uid) return `for another uid than ${known.metadata.uid} (S3)`;
    if (known.metadata.resourceVersion !== metadata.resourceVersion) {
      return `decided on ${metadata.resourceVersion}, though ${known.metadata.resourceVersion} is known (S2)`;
    }
    const expected = this.#expected(kind, key);
    if (isSameStatus(expected, status, kind)) return undefined;
    return `not what follows from what is known (S1): ${JSON.stringify(status)} instead of ${JSON.stringify(expected)}`;
  }

  #expected(kind: string, key: string): unknown {
    const objects = [...this.#kinds].flatMap(([name, view]) =>
      view.objects.map((object) => ({ ...object, kind: name })),
    );
    const world: World = worldOf(objects, { managerVersion: "20.0", now: NOW });
    const is = (object: ProtectedVM | AffinityPolicy | Appliance) => keyOf(object) === key;
    const vm = kind === "ProtectedVM" ? world.vms.find(is) : undefined;
    const policy = kind === "AffinityPolicy" ? world.policies.find(is) : undefined;
    const appliance = kind === "Appliance" ? world.appliances.find(is) : undefined;
    if (vm !== undefined) return vmStatus(world, resolveVm(world, vm));
    if (policy !== undefined) return policyStatus(world, policy, []);
    return appliance && applianceStatus(world, appliance, []);
  }
}

interface Following {
  readonly view: KindView;
  readonly asked: bigint | undefined;
  readonly isList: boolean;
  readonly signal: AbortSignal | undefined;
}

async function* followed(
  events: AsyncGenerator<WatchEvent, void, undefined>,
  { view, asked, isList, signal }: Following,
): AsyncGenerator<WatchEvent, void, undefined> {
  const initial = new Map<string, StoredObject>();
  let isInitial = isList;
  try {
    for await (const event of events) {
      if (signal?.aborted) {
        yield event;
        continue;
      }
      if (event.type === "BOOKMARK") {
        if (isInitial && event.initialEventsEnd) {
          view.takeList([...initial.values()], event.resourceVersion, asked);
          isInitial = false;
        }
        if (!isInitial) view.reach(event.resourceVersion);
      } else {
        const object = structuredClone(event.object);
        if (!isInitial) view.takeEvent({ ...event, object });
        else if (event.type === "DELETED") initial.delete(keyOf(object));
        else initial.set(keyOf(object), object);
      }
      yield event;
    }
  } catch (error) {
    view.refuted(error);
    throw error;
  }
}
