import { setTimeout as sleep } from "node:timers/promises";
import type { Feature } from "../../src/api/kinds.ts";
import { type Admin, ApiError } from "../cluster/admin.ts";

/** Each leads to another status than the one before. */
const MODULES: readonly Feature[][] = [["Firewall"], ["Firewall", "AntiMalware"], []];

/** Changes what VM `n` has installed; each `edit` number is another change. */
export async function editVm(admin: Admin, ref: { namespace: string; n: number }, edit: number): Promise<void> {
  const agent = { state: "Activated", modules: MODULES[edit % MODULES.length] };
  await admin.mergePatch({ kind: "ProtectedVM", namespace: ref.namespace, name: `vm-${ref.n}` }, { spec: { agent } });
}

/** Somebody who edits one VM after the other, whether the API server is there or not, until told to stop. */
export class Editing {
  /** Edits that the server has taken. */
  done = 0;
  readonly #ended: Promise<void>;
  #stopped = false;

  constructor(admin: Admin, { namespace, vms }: { namespace: string; vms: number }) {
    this.#ended = this.#run(admin, namespace, vms);
  }

  /** Resolves when the last edit has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }

  async #run(admin: Admin, namespace: string, vms: number): Promise<void> {
    for (let edit = 0; !this.#stopped; edit++) {
      try {
        // Three rounds before a VM gets the same edit again.
        await editVm(admin, { namespace, n: edit % vms }, Math.floor(edit / vms) + edit);
        this.done += 1;
      } catch (error) {
        if (error instanceof TypeError && !("code" in error)) throw error;
        if (error instanceof ApiError && error.status < 500 && error.status !== 429 && error.status !== 403)
          throw error;
        await sleep(20);
      }
    }
  }
}
