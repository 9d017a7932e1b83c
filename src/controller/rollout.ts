/** VMs that are still to be written, and who waits for all of them. */
interface Ticket {
  readonly vms: Set<string>;
  readonly owners: readonly string[];
  /** Who may still add VMs. */
  holders: number;
}

/** While it is not disposed of the owners wait, however many VMs there are. */
export interface Hold extends Disposable {
  /** Lets the owners wait until this VM has been `settled` once from now on. */
  add(vm: string): void;
}

/**
 * Who waits for which VMs: the status for generation N of a policy or an appliance is written after the VMs that the change
 * touches were written, so that who waits for the policy waits for its roll-out (SPEC 2.2).
 */
export class Rollout {
  /** By the owners that wait together, so that an owner which changes again adds what is new and no more. */
  readonly #tickets = new Map<string, Ticket>();
  /** Owners with the number of their tickets. */
  readonly #waiting = new Map<string, number>();
  readonly #onDone: (owner: string) => void;

  /** @param onDone called when an owner waits for nothing any more */
  constructor(onDone: (owner: string) => void) {
    this.#onDone = onDone;
  }

  /** Lets owners wait for VMs that are still to be named. */
  hold(owners: readonly string[]): Hold {
    if (owners.length === 0) return { add: () => {}, [Symbol.dispose]: () => {} };
    const name = owners.join(" ");
    const ticket = this.#tickets.get(name) ?? this.#open(name, owners);
    ticket.holders += 1;
    return {
      add: (vm) => void ticket.vms.add(vm),
      [Symbol.dispose]: () => {
        ticket.holders -= 1;
        this.#closeIfDone(name, ticket);
      },
    };
  }

  /** Lets owners wait until each of these VMs has been `settled` once from now on. */
  begin(owners: readonly string[], vms: Iterable<string>): void {
    using hold = this.hold(owners);
    for (const vm of vms) hold.add(vm);
  }

  /**
   * The status of a VM is what the rules say now, or never will be. Costs as much as there are roll-outs under way: a list of
   * those of each VM would take as much memory as all the rest that is known of it.
   */
  settled(vm: string): void {
    for (const [name, ticket] of this.#tickets) {
      if (ticket.vms.delete(vm)) this.#closeIfDone(name, ticket);
    }
  }

  isWaiting(owner: string): boolean {
    return this.#waiting.has(owner);
  }

  #open(name: string, owners: readonly string[]): Ticket {
    const ticket = { vms: new Set<string>(), owners, holders: 0 };
    this.#tickets.set(name, ticket);
    for (const owner of owners) this.#waiting.set(owner, (this.#waiting.get(owner) ?? 0) + 1);
    return ticket;
  }

  #closeIfDone(name: string, { vms, owners, holders }: Ticket): void {
    if (vms.size > 0 || holders > 0) return;
    this.#tickets.delete(name);
    for (const owner of owners) {
      const left = (this.#waiting.get(owner) ?? 0) - 1;
      if (left > 0) {
        this.#waiting.set(owner, left);
      } else {
        this.#waiting.delete(owner);
        this.#onDone(owner);
      }
    }
  }
}
