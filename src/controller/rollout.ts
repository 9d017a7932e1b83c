/** VMs that are still to be written, and who waits for all of them. */
interface Ticket {
  readonly vms: Set<string>;
  readonly owners: readonly string[];
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

  /** Lets owners wait until each of these VMs has been `settled` once from now on. */
  begin(owners: readonly string[], vms: Iterable<string>): void {
    if (owners.length === 0) return;
    const name = owners.join(" ");
    let ticket = this.#tickets.get(name);
    if (ticket === undefined) {
      ticket = { vms: new Set(), owners };
      this.#tickets.set(name, ticket);
      for (const owner of owners) this.#waiting.set(owner, (this.#waiting.get(owner) ?? 0) + 1);
    }
    for (const vm of vms) ticket.vms.add(vm);
    if (ticket.vms.size === 0) this.#close(name, ticket);
  }

  /**
   * The status of a VM is what the rules say now, or never will be. Costs as much as there are roll-outs under way: a list of
   * those of each VM would take as much memory as all the rest that is known of it.
   */
  settled(vm: string): void {
    for (const [name, ticket] of this.#tickets) {
      if (ticket.vms.delete(vm) && ticket.vms.size === 0) this.#close(name, ticket);
    }
  }

  isWaiting(owner: string): boolean {
    return this.#waiting.has(owner);
  }

  #close(name: string, { owners }: Ticket): void {
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
