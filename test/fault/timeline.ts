interface Placed {
  readonly metadata: { readonly name: string; readonly generation?: number; readonly labels?: object };
  readonly spec: object & { readonly hostName?: string };
}

interface State<T> {
  /** From this revision on. */
  readonly revision: bigint;
  readonly objects: ReadonlyMap<string, T>;
}

/** All of a kind, or of one host, at every revision. A change of a status alone is none. */
export class Timeline<T extends Placed> {
  readonly #all: State<T>[] = [{ revision: 0n, objects: new Map() }];
  readonly #hosts = new Map<string, State<T>[]>();
  readonly #current = new Map<string, T>();

  /** An object as of a revision; undefined: deleted. Revisions come in order. */
  set(revision: bigint, id: string, object: T | undefined): void {
    const before = this.#current.get(id);
    if (before !== undefined && object !== undefined && isSameInput(before, object)) return;
    if (object === undefined) this.#current.delete(id);
    else this.#current.set(id, object);
    push(this.#all, revision, (objects) => replaced(objects, id, object));
    const hosts = new Set([before?.spec.hostName, object?.spec.hostName]);
    for (const host of hosts) {
      if (host === undefined) continue;
      const here = object?.spec.hostName === host ? object : undefined;
      push(this.#states(host), revision, (objects) => replaced(objects, id, here));
    }
  }

  /** The objects as of a revision. `host`: of that host alone; of no host if it is undefined but given. */
  at(revision: bigint, ...host: [host?: string | undefined]): T[] {
    const states = this.#of(host);
    return [...(states.findLast((state) => state.revision <= revision)?.objects.values() ?? [])];
  }

  /** The first revision of each state that held at some moment between two revisions, newest first. */
  between(from: bigint, until: bigint, ...host: [host?: string | undefined]): bigint[] {
    const states = this.#of(host);
    const first = states.findLastIndex(({ revision }) => revision <= from);
    return states
      .slice(Math.max(first, 0))
      .flatMap(({ revision }) => (revision <= until ? [revision] : []))
      .reverse();
  }

  #of(host: [host?: string | undefined]): readonly State<T>[] {
    if (host.length === 0) return this.#all;
    return host[0] === undefined ? [{ revision: 0n, objects: new Map() }] : this.#states(host[0]);
  }

  #states(host: string): State<T>[] {
    const states = this.#hosts.get(host) ?? [{ revision: 0n, objects: new Map() }];
    this.#hosts.set(host, states);
    return states;
  }
}

function push<T>(states: State<T>[], revision: bigint, change: (objects: Map<string, T>) => void): void {
  const objects = new Map(states.at(-1)?.objects);
  change(objects);
  states.push({ revision, objects });
}

function replaced<T>(objects: Map<string, T>, id: string, object: T | undefined): void {
  if (object === undefined) objects.delete(id);
  else objects.set(id, object);
}

/** Whether the rules cannot tell one from the other: the server raises the generation with each change of a spec. */
function isSameInput(a: Placed, b: Placed): boolean {
  return a.metadata.generation === b.metadata.generation && a.spec.hostName === b.spec.hostName;
}
