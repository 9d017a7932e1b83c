import { VMS } from "./estate.ts";
import type { Phase, PhaseName, Run } from "./workload.ts";

/** What may be asked of the server at all. */
export const KINDS_OF_REQUESTS = {
  vmWrites: /^update protectedvms\/status$/,
  ownerWrites: /^update (affinitypolicies|appliances)\/status$/,
  events: /^create events$/,
  watches: /^(watchlist|watch|list) /,
  leases: / leases$/,
};

/**
 * How much more than recorded a figure may be. Bytes are the same in each run. What V8 allocates differs by a percent, and by
 * several where VMs are few, as its compilers take turns with the program; busy processes beside it change nothing. What goes
 * by the second (counts of owners, renewals of the lease) is more on a slower machine, but not without bounds.
 */
const SLACK = { bytes: 0.005, allocated: 0.05, retained: 0.1, few: 0.15, connections: 0.1, paced: 3 };

export interface Figure {
  readonly value: number;
  /** Of the recorded value; 0.1 is 10 %. */
  readonly slack: number;
}

/**
 * The figures of a run that have recorded bounds, by name. What is a law (how many VMs are written) is not among them. Retained
 * bytes a VM are those over the heap of a program that has listed everything but VMs: what it compiles and remembers
 * once, for the first VM or the first write, is in them as well, and a kilobyte of them where there are 2,000.
 */
export function figuresOf({ phases, empty }: Run): Map<string, Figure> {
  const figures = new Map<string, Figure>();
  const add = (phase: PhaseName, name: string, value: number, slack: keyof typeof SLACK): void => {
    figures.set(`${phase}: ${name}`, { value: Math.round(value), slack: SLACK[slack] });
  };
  const requests = (phase: PhaseName, of: keyof typeof KINDS_OF_REQUESTS) =>
    phases[phase].traffic.sum(KINDS_OF_REQUESTS[of], "requests");
  for (const phase of ["start", "mass change", "one VM", "one appliance", "restart"] as const) {
    add(phase, "policy and appliance writes", requests(phase, "ownerWrites"), "paced");
  }
  for (const phase of ["start", "mass change", "one appliance"] as const) {
    for (const [name, value] of Object.entries(bytesAWrite(phases[phase]))) add(phase, name, value, "bytes");
  }
  for (const phase of ["start", "mass change", "restart"] as const) {
    const { allocated, retained } = phases[phase].heap;
    const before = phase === "restart" ? empty.restart : empty.start;
    add(phase, "allocated bytes a VM", allocated / VMS, "allocated");
    add(phase, "retained bytes a VM", (retained - before) / VMS, "retained");
  }
  const { heap, changed } = phases["one appliance"];
  add("one appliance", "allocated bytes a VM", heap.allocated / changed, "few");
  add("start", "connections", phases.start.traffic.connections, "connections");
  add("restart", "connections", phases.restart.traffic.connections, "connections");
  add("idle", "lease requests", requests("idle", "leases"), "paced");
  return figures;
}

/** What one written VM costs on the wire and costs the server to encode, its event to our own watch included. */
function bytesAWrite({ traffic, changed }: Phase): Record<string, number> {
  const { vmWrites } = KINDS_OF_REQUESTS;
  return {
    "body bytes a VM": traffic.sum(vmWrites, "bodyBytes") / changed,
    "request bytes a VM": traffic.sum(vmWrites, "requestBytes") / changed,
    "server's bytes a VM": traffic.sum(/ protectedvms\b/, "answerBytes") / changed,
  };
}
