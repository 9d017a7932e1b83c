import { writeYaml } from "../../api/manifest/index.ts";
import { documentOf } from "../output/document.ts";
import type { Edit } from "./edits.ts";
import { refOf } from "./edits.ts";
import type { Group } from "./groups.ts";
import type { GuardResult } from "./guards.ts";
import { type ByFeature, isEmpty, type Plan } from "./plan.ts";
import type { VmChange } from "./vm-change.ts";
import { verdict } from "./words.ts";

interface Answer {
  readonly plan: Plan;
  readonly guards: readonly GuardResult[];
}

/** The two lists that can be longer than a string can be. */
interface Lists {
  readonly edits: () => Iterable<object>;
  readonly vms: () => Iterable<object>;
}

/** The document `Plan` as JSON, an element at a time. */
export function* json(answer: Answer): Generator<string> {
  yield JSON.stringify(headOf(answer), null, 2).slice(0, -"\n}".length);
  const { edits, vms } = listsOf(answer.plan);
  yield* jsonList("edits", edits());
  yield* jsonList("vms", vms());
  yield "\n}\n";
}

function* jsonList(name: string, items: Iterable<object>): Generator<string> {
  yield `,\n  "${name}": [`;
  let separator = "";
  for (const item of items) {
    yield `${separator}\n${JSON.stringify(item, null, 2).replace(/^/gm, "    ")}`;
    separator = ",";
  }
  yield separator === "" ? "]" : "\n  ]";
}

/** The same document as YAML. */
export function* yaml(answer: Answer): Generator<string> {
  yield writeYaml(headOf(answer));
  const { edits, vms } = listsOf(answer.plan);
  yield* yamlList("edits", edits());
  yield* yamlList("vms", vms());
}

function* yamlList(name: string, items: Iterable<object>): Generator<string> {
  let begun = false;
  for (const item of items) {
    if (!begun) yield `${name}:\n`;
    begun = true;
    // As JSON, which has no field that is undefined.
    yield writeYaml([JSON.parse(JSON.stringify(item))]);
  }
  if (!begun) yield `${name}: []\n`;
}

function headOf({ plan, guards }: Answer): object {
  const { counts, causes, conflicts, acceptance, optOuts } = plan;
  const head = documentOf("Plan", {
    changed: !isEmpty(plan),
    verdict: verdict(counts),
    guards,
    from: plan.from,
    to: plan.to,
    counts,
    causes,
    groups: plan.groups.map(groupItem),
    installs: byFeature(plan.installs),
    unlicensed: byFeature(plan.unlicensed),
    exposed: byFeature(plan.exposed),
    optOuts,
    conflicts,
    acceptance,
  });
  return JSON.parse(JSON.stringify(head));
}

function groupItem({ change, feature, from, to, reason, causes, vms, messages, moreMessages }: Group): object {
  return {
    change,
    feature,
    from,
    to,
    reason,
    messages,
    moreMessages,
    causes: causes.map((cause) => cause.number),
    vms,
  };
}

function byFeature(samples: ByFeature): object[] {
  return [...samples].flatMap(([feature, vms]) => (vms.count === 0 ? [] : [{ feature, vms }]));
}

function listsOf({ edits, vms }: Plan): Lists {
  return {
    *edits() {
      for (const edit of edits.all()) yield editItem(edit);
    },
    *vms() {
      for (const change of vms) yield vmItem(change);
    },
  };
}

function editItem({ kind, name, change, fields }: Edit): object {
  return { kind, name, change, fields };
}

function vmItem(one: VmChange): object {
  const reasons = one.reasons();
  const { change, features, ...facts } = one.facts() ?? { change: "Changed", features: [] };
  return {
    vm: one.vm,
    change,
    causes: reasons.all.map(refOf),
    features: features.map((feature) => ({ ...feature, causes: reasons.of(feature.feature).map(refOf) })),
    ...facts,
  };
}
