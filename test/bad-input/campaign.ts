import { setTimeout as sleep } from "node:timers/promises";
import type { KindName } from "../../src/api/crd.ts";
import { keyOf } from "../../src/api/object.ts";
import { eightAtATime, Recorder, type Tandem } from "../cluster/api/support.ts";
import { collectionPath, objectPath, refOf } from "../cluster/kinds.ts";
import { type BadInputCluster, DEFINED_WITHIN } from "./controller.ts";
import type { Figures } from "./publish.ts";
import type { Trial } from "./trials.ts";

/** Objects that are changed at one time: the API server writes them and their statuses in about a second. */
const WAVE = 150;
/** For the last events of a wave to come in by the test's own watch. */
const EVENTS_MS = 150;
/** A VM's status is written once; the counts of the others come up to a second after the decision on their spec. */
const MOST_WRITES: Readonly<Record<KindName, number>> = { ProtectedVM: 1, AffinityPolicy: 2, Appliance: 2 };
const STRICT = { fieldValidation: "Strict" };

/** A trial with its object as the server has it. */
interface Live {
  readonly trial: Trial;
  object: Tandem;
}

/** Puts every trial of a kind to the server and its controller, some at a time, and keeps what went wrong in `faults`. */
export class Campaign {
  readonly faults: string[] = [];
  readonly figures: Figures;
  readonly #cluster: BadInputCluster;
  readonly #kind: KindName;
  readonly #part: "spec" | "status";
  readonly #recorder: Recorder<Tandem>;

  private constructor(cluster: BadInputCluster, subject: Pick<Campaign, "figures"> & { recorder: Recorder<Tandem> }) {
    this.#cluster = cluster;
    this.#recorder = subject.recorder;
    this.figures = subject.figures;
    const [kind = "", part] = subject.figures.kind.split(" ");
    this.#kind = kind as KindName;
    this.#part = part === "status" ? "status" : "spec";
  }

  /** Runs all of it. Rejects only where the cluster does not answer. */
  static async run(cluster: BadInputCluster, subject: { kind: KindName; part: "spec" | "status"; trials: Trial[] }) {
    const { kind, part, trials } = subject;
    const fields = new Set(trials.map(({ path }) => path)).size;
    const counts = { documents: 0, accepted: 0, refused: 0, crashes: 0, wrong: 0 };
    await using recorder = await Recorder.start<Tandem>(cluster.admin, kind);
    const figures = { kind: `${kind} ${part}`, fields, values: trials.length, ...counts };
    const campaign = new Campaign(cluster, { figures, recorder });
    for (let from = 0; from < trials.length; from += WAVE) await campaign.#wave(trials.slice(from, from + WAVE));
    return campaign;
  }

  /** Created with the value, changed to a valid object, to the value again, and back: in the status, there and back twice. */
  async #wave(trials: readonly Trial[]): Promise<void> {
    const start = this.#part === "spec" ? "bad" : "valid";
    const { accepted, refused } = await this.#create(trials, start);
    let first = await this.#settle(accepted, "created");
    if (this.#part === "status") {
      // A creation carries no status.
      await this.#change(accepted, start, refused);
      first = await this.#settle(accepted, "reported");
    }
    const other = start === "bad" ? "valid" : "bad";
    const taken = await this.#change(accepted, other, refused);
    const second = await this.#settle(taken, `changed to ${other}`);
    await this.#change(taken, start, refused);
    this.#compare(first, await this.#settle(taken, `changed back to ${start}`));
    await this.#change(taken, other, []);
    this.#compare(second, await this.#settle(taken, `changed to ${other} again`));
    if (this.#part === "spec") await this.#refuse(refused);
    await eightAtATime(accepted, ({ object }) => this.#cluster.admin.delete(refOf(object)));
  }

  async #create(trials: readonly Trial[], start: "bad" | "valid") {
    const accepted: Live[] = [];
    const refused: Trial[] = [];
    await eightAtATime(trials, async (trial) => {
      const body = trial[start];
      const path = collectionPath(this.#kind, trial.valid.metadata.namespace);
      const answer = await this.#cluster.admin.request({ method: "POST", path, query: STRICT, body });
      if (start === "bad") this.#count(trial, answer.status);
      if (answer.status === 201) accepted.push({ trial, object: answer.body as Tandem });
      else refused.push(trial);
    });
    return { accepted, refused };
  }

  /** Changes each; those that the server refuses are left as they are. Returns the others. */
  async #change(lives: readonly Live[], to: "bad" | "valid", refused: Trial[]): Promise<Live[]> {
    const taken: Live[] = [];
    await eightAtATime(lives, async (live) => {
      const status = await this.#put(live, live.trial[to]);
      if (to === "bad") this.#count(live.trial, status);
      if (status === 200) taken.push(live);
      else if (to === "bad" && this.#part === "status") refused.push(live.trial);
      else this.faults.push(`${live.trial.what}: accepted once, then refused with ${status}`);
    });
    return taken;
  }

  /** What is refused at creation is refused as a change of a valid object, too, and changes nothing. */
  async #refuse(refused: readonly Trial[]): Promise<void> {
    const [sample] = refused;
    if (sample === undefined) return;
    const created = await this.#cluster.admin.create(sample.valid);
    const live: Live = { trial: sample, object: created };
    const [before] = (await this.#settle([live], "a valid object")).values();
    const { resourceVersion } = live.object.metadata;
    await eightAtATime(refused, async (trial) => {
      const status = await this.#put({ trial, object: live.object }, {
        ...trial.bad,
        metadata: { ...trial.bad.metadata, name: sample.valid.metadata.name },
      } as Tandem);
      this.#count(trial, status);
      if (status === 200) this.faults.push(`${trial.what}: refused at creation, accepted as a change`);
    });
    const [after] = (await this.#settle([live], "refused changes")).values();
    if (before !== after || live.object.metadata.resourceVersion !== resourceVersion) {
      this.faults.push("a refused change changed something");
    }
    await this.#cluster.admin.delete(refOf(created));
  }

  /** Answers the HTTP status. Keeps the object that the server answers with. */
  async #put(live: Live, document: Tandem): Promise<number> {
    const { metadata, status } = live.object;
    const { name, resourceVersion = "" } = metadata;
    // The labels and the part that is tried are the document's; the rest of a status is the controller's.
    const others = document.status as { reports?: unknown; delivered?: unknown } | undefined;
    const reported = { ...status, reports: others?.reports, delivered: others?.delivered };
    const body = {
      ...document,
      metadata: { ...document.metadata, name, resourceVersion },
      ...(this.#part === "status" && { status: reported }),
    };
    const path = objectPath(refOf(live.object), this.#part === "status" ? "status" : undefined);
    const answer = await this.#cluster.admin.request({ method: "PUT", path, query: STRICT, body });
    if (answer.status === 200) live.object = answer.body as Tandem;
    return answer.status;
  }

  /** Waits until all statuses are right, checks the number of writes, and returns the statuses by trial. */
  async #settle(lives: readonly Live[], phase: string): Promise<Map<Trial, string>> {
    const { right } = this.#cluster;
    try {
      await right();
    } catch (error) {
      // Those that are wrong after the time that they have.
      this.figures.wrong += 1;
      this.faults.push(`${this.#kind} ${phase}: not right within ${DEFINED_WITHIN} ms: ${String(error)}`);
    }
    await sleep(EVENTS_MS);
    const objects = await this.#cluster.admin.list<Tandem>(this.#kind);
    const byKey = new Map(objects.map((object) => [keyOf(object), object]));
    const statuses = new Map<Trial, string>();
    for (const live of lives) {
      const object = byKey.get(keyOf(live.object));
      if (object === undefined) {
        this.faults.push(`${live.trial.what}: gone`);
        continue;
      }
      const writes = this.#writesSince(live.object);
      if (writes > MOST_WRITES[this.#kind]) this.faults.push(`${live.trial.what}, ${phase}: ${writes} writes`);
      live.object = object;
      statuses.set(live.trial, withoutTimes(object));
    }
    return statuses;
  }

  /** Versions of an object that were committed after ours. */
  #writesSince({ metadata }: Tandem): number {
    const since = BigInt(metadata.resourceVersion ?? 0);
    const later = this.#recorder.commits.filter(
      ({ object }) => object.metadata.uid === metadata.uid && BigInt(object.metadata.resourceVersion ?? 0) > since,
    );
    return later.length;
  }

  #compare(before: Map<Trial, string>, after: Map<Trial, string>): void {
    for (const [trial, status] of after) {
      if (status === before.get(trial)) continue;
      this.figures.wrong += 1;
      this.faults.push(`${trial.what}: not as before: ${before.get(trial)}, now ${status}`);
    }
  }

  /** 400: not even an object of the kind; 422: not a valid one. Anything else is neither a yes nor a no. */
  #count({ what }: Trial, status: number): void {
    this.figures.documents += 1;
    if (status < 300) this.figures.accepted += 1;
    else this.figures.refused += 1;
    if (![200, 201, 400, 422].includes(status)) this.faults.push(`${what}: answered with ${status}`);
  }
}

/** Generations only ever go up, times stay or go on; all else is compared byte by byte. */
function withoutTimes({ status }: Tandem): string {
  const skipped = ["lastTransitionTime", "observedGeneration"];
  return JSON.stringify(status, (key, value) => (skipped.includes(key) ? undefined : value));
}
