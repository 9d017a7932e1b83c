import { join } from "node:path";
import { run, type tools } from "../tools/tools.ts";
import type { Seen } from "./states.ts";

export const ROOT = join(import.meta.dirname, "..", "..");
/** In the layout of Argo CD's own repository. */
export const CUSTOMIZATIONS = join(ROOT, "manifests", "gitops", "argocd", "resource_customizations", "tandem.dev");
export const KINDS: readonly string[] = ["ProtectedVM", "AffinityPolicy", "Appliance"];

/** What one tool makes of one object. */
export interface Verdict {
  readonly status: string;
  readonly message: string;
}

/** What they all make of it. */
export interface Verdicts {
  /** The library of kpt. */
  readonly kstatus: Verdict;
  /** Flux's edition of the same. */
  readonly flux: Verdict;
  readonly argocd: Verdict;
}

export type Tools = Exclude<Awaited<ReturnType<typeof tools>>, { skipped: string }>;

/** The verdicts on each of the objects, in their order. */
export function verdictsOn(objects: readonly Seen[], { kstatus, "argocd-health": health }: Tools): Verdicts[] {
  const all = new Map<Seen, Verdict>();
  for (const kind of KINDS) {
    const own = objects.filter((one) => one.kind === kind);
    const found = own.length === 0 ? [] : run<Verdict>([health, join(CUSTOMIZATIONS, kind, "health.lua")], own);
    own.forEach((object, index) => {
      all.set(object, found[index] ?? NONE);
    });
  }
  const found = run<Omit<Verdicts, "argocd">>([kstatus], objects);
  return objects.map((object, index) => ({
    kstatus: found[index]?.kstatus ?? NONE,
    flux: found[index]?.flux ?? NONE,
    argocd: all.get(object) ?? NONE,
  }));
}

const NONE: Verdict = { status: "", message: "the tool printed nothing" };

export const conditionOf = ({ status }: Seen, type: string) => status.conditions?.find((one) => one.type === type);

/** What of a state a tool may go by: `ProtectedVM Ready=False/InstallPending Reconciling`. */
export function classOf(object: Seen): string {
  const ready = conditionOf(object, "Ready");
  const marks = ["Reconciling", "Stalled"].filter((type) => conditionOf(object, type) !== undefined);
  return [object.kind, `Ready=${ready?.status}/${ready?.reason}`, ...marks].join(" ");
}
