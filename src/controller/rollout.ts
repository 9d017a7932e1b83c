/** One change that owners wait for: how many VMs are still to be written, and who waits. */
interface Ticket {
  open: number;
  readonly owners: readonly string[];
}

/**
 * Who waits for which VMs: the status for generation N of a policy or an appliance is written after the VMs that the change
 * touches were written, so that who waits for the policy waits for its roll-out (SPEC 2.2).
 */
export class Rollout {
  readonly #tickets = new Map<string, Ticket[]>();
  readonly #waiting = new Map<string, number>();
  readonly #onDone: (owner: string) => void;

  /** @param onDone called when an owner waits for nothing any more */
  constructor(onDone: (owner: string) => void) {
    this.#onDone = onDone;
  }

  /** Lets owners wait until each of these VMs has been `settled` once from now on. */
  begin(owners: readonly string[], vms: ReadonlySet<string>): void {
    if (owners.length === 0) return;
    const ticket: Ticket = { open: vms.size, owners };
    for (const owner of owners) this.#waiting.set(owner, (this.#waiting.get(owner) ?? 0) + 1);
    for (const vm of vms) {
      const tickets = this.#tickets.get(vm);
      if (tickets === undefined) this.#tickets.set(vm, [ticket]);
      else tickets.push(ticket);
    }
    if (ticket.open === 0) this.#close(ticket);
  }

  /** The status of a VM is what the rules say now, or never will be. */
  settled(vm: string): void {
    const tickets = this.#tickets.get(vm);
    if (tickets === undefined) return;
    this.#tickets.delete(vm);
    for (const ticket of tickets) {
      ticket.open -= 1;
      if (ticket.open === 0) this.#close(ticket);
    }
  }

  isWaiting(owner: string): boolean {
    return this.#waiting.has(owner);
  }

  #close({ owners }: Ticket): void {
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
