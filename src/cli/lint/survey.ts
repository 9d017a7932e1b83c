import type { Finding as Condition } from "../../api/conditions.ts";
import type { KindName } from "../../api/crd.ts";
import type {
  AffinityPolicy,
  Appliance,
  ApplianceStatus,
  FeatureRow,
  PolicyStatus,
  ProtectedVM,
} from "../../api/kinds.ts";
import { keyOf } from "../../api/object.ts";
import type { TandemObject } from "../../api/validate/index.ts";
import type { ApplianceEntry } from "../../resolve/hosts.ts";
import type { Decided } from "../../resolve/index.ts";
import { applianceStatus, policyStatus, type World } from "../../resolve/index.ts";
import type { PolicyEntry } from "../../resolve/policy-entry.ts";
import { rowsOf } from "../../resolve/rows.ts";
import { vmFindings } from "../../resolve/vm-findings.ts";
import type { Estate } from "../input/estate.ts";
import { resolve } from "../statuses.ts";

/** An estate and what the rules of the resolver make of it: all that a rule of lint looks at. Objects in the order of keys. */
export interface Survey {
  readonly world: World;
  readonly namespaces: Estate["namespaces"];
  readonly policies: readonly SurveyedPolicy[];
  readonly appliances: readonly SurveyedAppliance[];
  readonly vms: readonly SurveyedVm[];
  /** The VMs of which nobody protects some wanted feature. */
  readonly unprotected: readonly UnprotectedVm[];
}

export interface SurveyedPolicy {
  readonly tandem: TandemObject;
  readonly object: AffinityPolicy;
  readonly entry: PolicyEntry;
  readonly status: PolicyStatus;
}

export interface SurveyedAppliance {
  readonly tandem: TandemObject;
  readonly object: Appliance;
  readonly entry: ApplianceEntry;
  readonly status: ApplianceStatus;
}

export interface SurveyedVm extends Decided {
  readonly tandem: TandemObject;
  readonly object: ProtectedVM;
  /** Without times, and without what others report. */
  readonly conditions: readonly Condition[];
}

interface UnprotectedVm {
  readonly vm: SurveyedVm;
  /** The rows without a source. */
  readonly rows: readonly FeatureRow[];
}

/** No time is shown. */
const NOW = "1970-01-01T00:00:00Z";
const NO_REPORTS = { revision: "", deliver: false, delivered: undefined, reports: undefined };

export function surveyOf(estate: Estate, managerVersion: string): Survey {
  const { world, tally, decisions } = resolve(estate, managerVersion);
  const policies: SurveyedPolicy[] = [];
  const appliances: SurveyedAppliance[] = [];
  const vms: SurveyedVm[] = [];
  for (const tandem of inOrder(estate.objects)) {
    if (tandem.kind === "AffinityPolicy") {
      const { object } = tandem;
      const entry = world.policies.get(object.metadata.name);
      const status = policyStatus(world, { policy: object, counts: tally.policy(object.metadata.name) }, NOW);
      if (entry !== undefined) policies.push({ tandem, object, entry, status });
    } else if (tandem.kind === "Appliance") {
      const { object } = tandem;
      const entry = world.hosts.get(object.metadata.name);
      const counts = tally.appliance(object.metadata.name);
      const status = applianceStatus(world, { appliance: object, counts }, NOW);
      if (entry !== undefined) appliances.push({ tandem, object, entry, status });
    } else {
      const decided = decisions.get(keyOf(tandem.object));
      if (decided === undefined) continue;
      const conditions = vmFindings(decided.entry, decided.decision, NO_REPORTS);
      vms.push({ ...decided, tandem, object: tandem.object, conditions });
    }
  }
  return { world, namespaces: estate.namespaces, policies, appliances, vms, unprotected: unprotected(vms) };
}

/** Of an object that is given twice the last one: the one that the world holds. */
function inOrder(objects: readonly TandemObject[]): TandemObject[] {
  const ofKind = new Map<KindName, Map<string, TandemObject>>();
  for (const tandem of objects) {
    const byKey = ofKind.get(tandem.kind) ?? new Map<string, TandemObject>();
    ofKind.set(tandem.kind, byKey.set(keyOf(tandem.object), tandem));
  }
  return [...ofKind.values()].flatMap((byKey) => [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one));
}

function unprotected(vms: readonly SurveyedVm[]): UnprotectedVm[] {
  const found: UnprotectedVm[] = [];
  for (const vm of vms) {
    const { split } = vm.decision;
    if ((vm.entry.wanted & ~(split.appliance | split.agent)) === 0) continue;
    found.push({ vm, rows: rowsOf(vm, undefined, NOW).filter(({ source }) => source === "None") });
  }
  return found;
}
