import type { ApplianceService } from "../../api/kinds.ts";
import type { World } from "../../resolve/index.ts";
import { type Document, documentOf } from "../output/document.ts";
import { type Rolling, rolling } from "./rolling.ts";
import { type Role, roleOf, type Subject } from "./subjects.ts";
import { type Before, before, byFeature, byNamespace, type LossReason, lossReasons, type Sums, sumOf } from "./sums.ts";
import type { VmImpact, WhatIf } from "./what-if.ts";

export interface Question {
  /** All at the same time; one step after the other; or the hosts' VMs on another host. */
  readonly scenario: "AtOnce" | "Rolling" | "Evacuation";
  readonly kind: "Appliance" | "Host";
  readonly subjects: readonly Subject[];
  /** At most so many at a time. */
  readonly batch: number;
  readonly evacuateTo?: string;
}

/** Appliances of one host that do more together than one after the other. */
interface Sharing {
  readonly host: string;
  readonly appliances: readonly string[];
  /** Lost features while all of them are down. */
  readonly together: number;
  /** The sum of what each alone loses. */
  readonly apart: number;
}

export type NamedRole = Role & { readonly name: string; readonly host: string; readonly vms: number };

/** A host, the activated appliance in charge of it, and what the platform offers that one. */
interface Target {
  readonly host: string;
  readonly appliance?: string;
  readonly services?: readonly ApplianceService[];
}

const SERVICES: readonly ApplianceService[] = ["GuestIntrospection", "NetworkIntrospection"];

/** The answer of `tandem impact`, and what `-o json` prints. The figures are those of `scenario`. */
export interface Impact extends Document, Sums {
  readonly kind: "Impact";
  readonly managerVersion: string;
  readonly scenario: Question["scenario"];
  readonly of: Question["kind"];
  readonly names: readonly string[];
  /** Where the VMs of an evacuation go. */
  readonly target?: Target;
  /** All appliances that would be deactivated (or that the VMs leave), and what each of them does now. */
  readonly appliances: readonly NamedRole[];
  readonly byFeature: ReturnType<typeof byFeature>;
  readonly byNamespace: ReturnType<typeof byNamespace>;
  readonly installBefore: readonly Before[];
  readonly lossReasons: readonly LossReason[];
  readonly sharing: readonly Sharing[];
  /** Absent for an evacuation. */
  readonly rolling?: Rolling;
  readonly vmImpacts: readonly VmImpact[];
}

/** Answers a question, purely. */
export function answer(whatIf: WhatIf, question: Question, managerVersion: string): Impact {
  const { scenario, kind, subjects, evacuateTo, batch } = question;
  const names = subjects.map(({ name }) => name);
  const { world } = whatIf;
  const appliances = subjects.flatMap(({ host, appliances }) =>
    appliances.map((name) => ({ name, host, vms: world.vms.on(host).size, ...roleOf(world, name) })),
  );
  const asked = { managerVersion, scenario, of: kind, names, appliances };
  if (evacuateTo !== undefined) {
    const impacts = whatIf.evacuated(new Set(names), evacuateTo);
    return impactOf({ ...asked, target: targetOf(world, evacuateTo) }, impacts, { sharing: [] });
  }
  const together = () => whatIf.deactivated(new Set(appliances.map(({ name }) => name)));
  // Alone, an appliance that is not in charge of its host does nothing (SPEC R1).
  const inCharge = appliances.filter(({ state }) => state === "InCharge").map(({ name }) => name);
  const apart = kind === "Host" ? together() : whatIf.deactivated(new Set(inCharge));
  const mates = new Set(subjects.map(({ host }) => host)).size < subjects.length;
  const atOnce = mates && scenario === "AtOnce" ? together() : apart;
  return impactOf(asked, atOnce, {
    sharing: sharing(subjects, { atOnce, apart }),
    rolling: rolling(loads(whatIf, subjects, apart), batch),
  });
}

function targetOf(world: World, host: string): Target {
  const { inCharge } = world.hosts.on(host);
  if (!inCharge?.activated) return { host };
  return { host, appliance: inCharge.name, services: inCharge.services ?? SERVICES };
}

type Asked = Pick<Impact, "managerVersion" | "scenario" | "of" | "names" | "appliances" | "target">;

function impactOf(asked: Asked, impacts: readonly VmImpact[], plan: Pick<Impact, "sharing" | "rolling">): Impact {
  const found = {
    ...asked,
    ...sumOf(impacts),
    byFeature: byFeature(impacts),
    byNamespace: byNamespace(impacts),
    installBefore: before(impacts),
    lossReasons: lossReasons(impacts),
    ...plan,
    vmImpacts: impacts,
  };
  return { ...documentOf("Impact", found), kind: "Impact" };
}

/** What each subject does alone: what becomes of the VMs of its host, if it is the one in charge there. */
function loads({ world }: WhatIf, subjects: readonly Subject[], apart: readonly VmImpact[]) {
  const byHost = Map.groupBy(apart, ({ host }) => host);
  return subjects.map((subject) => {
    const { inCharge } = world.hosts.on(subject.host);
    const acts = inCharge !== undefined && subject.appliances.includes(inCharge.name);
    return { subject, sums: sumOf(acts ? (byHost.get(subject.host) ?? []) : []) };
  });
}

function sharing(
  subjects: readonly Subject[],
  { atOnce, apart }: { atOnce: readonly VmImpact[]; apart: readonly VmImpact[] },
): Sharing[] {
  if (atOnce === apart) return [];
  const losses = (impacts: readonly VmImpact[]) => Map.groupBy(impacts, ({ host }) => host);
  const [one, other] = [losses(atOnce), losses(apart)];
  return [...Map.groupBy(subjects, ({ host }) => host)].flatMap(([host, mates]) => {
    if (mates.length < 2) return [];
    const together = sumOf(one.get(host) ?? []).losses;
    const alone = sumOf(other.get(host) ?? []).losses;
    if (together === alone) return [];
    return [{ host, appliances: mates.map(({ name }) => name), together, apart: alone }];
  });
}
