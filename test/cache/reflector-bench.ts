import { afterEach, beforeEach, expect } from "vitest";
import { Reflector, type ReflectorOptions, type ReflectorState } from "../../src/cache/reflector.ts";
import { Store } from "../../src/cache/store.ts";
import { ApiError } from "../../src/kube/errors.ts";
import type { StoredObject } from "../../src/kube/parse-object.ts";
import { VirtualClock } from "../kube/virtual-clock.ts";
import { FakeApi } from "./fake-api.ts";

export let api: FakeApi;
export let clock: VirtualClock;
export let store: Store<StoredObject>;
export let reflector: Reflector<StoredObject>;
/** What the handler was told, as "type key resourceVersion". */
export let told: string[];
/** What was reported, as "list 503" or "watch Protocol". */
export let errors: string[];
export let states: ReflectorState[];

/** Gives each test of a file a server, a store and a clock of its own, and looks afterwards that nothing is left behind. */
export function useFakeApi(): void {
  beforeEach(() => {
    api = new FakeApi();
    clock = new VirtualClock();
    told = [];
    errors = [];
    states = [];
    store = new Store<StoredObject>({
      handler: ({ type, key, object, old }) => {
        told.push(`${type} ${key} ${(object ?? old)?.metadata.resourceVersion}`);
      },
      onHandlerError: (error) => {
        throw error;
      },
    });
  });

  afterEach(async () => {
    await reflector.stop();
    expect(clock.pending, "timers left behind").toBe(0);
    expect(api.live, "streams left behind").toEqual([]);
    expect(api.mostListsInFlight, "two lists at once").toBeLessThanOrEqual(1);
  });
}

export function newReflector(options: Partial<ReflectorOptions<StoredObject>> = {}): void {
  reflector = new Reflector<StoredObject>({
    listWatch: api,
    store,
    project: (raw) => raw,
    clock,
    onError: (error, during) =>
      errors.push(`${during} ${error instanceof ApiError ? (error.httpStatus ?? error.code) : String(error)}`),
    onState: (state) => states.push(state),
    ...options,
  });
}

/** Starts a reflector and lets it do what it can without time going by. */
export async function start(options: Partial<ReflectorOptions<StoredObject>> = {}): Promise<void> {
  newReflector(options);
  reflector.start();
  await clock.advance(0);
}

const versions = (objects: Iterable<StoredObject>) =>
  [...objects].map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort();

/** The objects in the store, as "name@resourceVersion". */
export const held = () => versions(store.values());
/** Those at the server. */
export const truth = () => versions(api.objects.values());

export const status = (httpStatus: number, details: { retryAfterMs?: number } = {}) =>
  new ApiError("Status", `status ${httpStatus}`, { httpStatus, ...details });
export const gone = () => new ApiError("ErrorEvent", "too old resource version", { httpStatus: 410 });
export const reset = () => new ApiError("Network", "reset");
export const silence = () => new ApiError("Silence", "nothing");
