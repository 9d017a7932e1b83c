import type { Bed, Side } from "./bed.ts";
import type { Observed } from "./observer.ts";
import type { Recorded, State } from "./recorded.ts";
import { EDITED, editedName, HOST, type Scope, type Writer } from "./writer.ts";

/** The plain loop: it holds the watches, and writes what Tandem would write, computed beforehand. */
export class BareWriter implements Writer {
  readonly pid: number;
  readonly #bed: Bed;
  readonly #recorded: Recorded;
  readonly #connections: number;
  #turn = 0;

  /** @param connections that it writes over at a time */
  constructor(bed: Bed, { recorded, connections }: { recorded: Recorded; connections: number }) {
    this.pid = bed.bare.pid;
    this.#bed = bed;
    this.#recorded = recorded;
    this.#connections = connections;
  }

  async begin(): Promise<void> {
    await this.#bed.bare.attach();
    await this.#bed.rest();
  }

  async change(state: State, scope: Scope): Promise<() => Promise<number>> {
    const { bare } = this.#bed;
    await bare.load(this.#chosen(scope).map((vm) => this.#recorded.write(state, vm)));
    return async () => {
      const at = performance.now();
      await bare.write(this.#connections);
      return at;
    };
  }

  async one(): Promise<number> {
    return await this.#flip(`ProtectedVM/bench/${editedName(this.#turn++)}`);
  }

  async tidy(side: Side): Promise<void> {
    for (let turn = 0; turn < EDITED; turn++) {
      const key = `ProtectedVM/bench/${editedName(turn)}`;
      if (!this.#recorded.isIn(side, found(this.#bed.observer.objects.get(key)))) await this.#flip(key);
    }
  }

  async end(): Promise<void> {
    await this.#bed.bare.detach();
  }

  async #flip(key: string): Promise<number> {
    const { observer } = this.#bed;
    const before = found(observer.objects.get(key));
    const { path, body } = this.#recorded.write(this.#recorded.isIn("agent", before) ? "appliance" : "agent", before);
    const { resourceVersion } = before.metadata;
    const seen = observer.until(
      () => observer.objects.get(key)?.metadata.resourceVersion !== resourceVersion,
      "a bare status write is seen",
    );
    const start = performance.now();
    const [seenAt, answer] = await Promise.all([seen, this.#bed.connection.put(path, body)]);
    if (answer !== 200) throw new Error(`the server answered a bare write with ${answer}`);
    return seenAt - start;
  }

  #chosen(scope: Scope): Observed[] {
    const { vms } = this.#bed.observer;
    if (scope === "all") return vms;
    if (scope === "appliance") return vms.filter(({ spec }) => spec?.hostName === HOST);
    const edited = new Set(Array.from({ length: EDITED }, (_, turn) => editedName(turn)));
    return vms.filter(({ metadata }) => !edited.has(metadata.name));
  }
}

function found(vm: Observed | undefined): Observed {
  if (vm === undefined) throw new Error("an edited VM is gone");
  return vm;
}
