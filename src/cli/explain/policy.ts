import type { AffinityPolicy } from "../../api/kinds.ts";
import { FIRST_CONFIGURABLE, GROUPS, type PolicyEntry, policyAcceptance } from "../../resolve/explain/index.ts";
import type { Decided } from "../../resolve/index.ts";
import { policyStatus, type World } from "../../resolve/index.ts";
import { inSentence } from "../output/words.ts";
import type { Resolved } from "../statuses.ts";
import { type Explanation, NO_TIME, type Step } from "./explanation.ts";
import { deletionStep } from "./policy-deletion.ts";
import { conflictStep, decidesSteps } from "./policy-effect.ts";
import { selectsStep } from "./policy-selection.ts";
import { saysOf } from "./vm-policies.ts";
import { counted, small } from "./words.ts";

/** A policy of a resolved estate, and the VMs that it selects, in order of their keys. */
export interface PolicyContext {
  readonly world: World;
  readonly entry: PolicyEntry;
  readonly selected: readonly Decided[];
  readonly status: ReturnType<typeof policyStatus>;
}

/** What a policy does, and what would be without it. The estate is resolved once; then only the VMs that it selects. */
export function explainPolicy(
  { world, tally, decisions }: Resolved,
  { policy, managerVersion }: { policy: AffinityPolicy; managerVersion: string },
): Explanation {
  const { name } = policy.metadata;
  const entry = world.policies.get(name);
  if (entry === undefined) throw new Error(`no policy ${name} in the world`);
  const selected = [...world.policies.selected(entry, world.vms)]
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .flatMap(({ key }) => decisions.get(key) ?? []);
  const status = policyStatus(world, { policy, counts: tally.policy(name) }, NO_TIME);
  const context: PolicyContext = { world, entry, selected, status };
  const selects = selectsStep(context);
  const deletion = deletionStep(context);
  return {
    subject: { kind: "AffinityPolicy", name },
    managerVersion,
    verdict: verdictOf(context, selects, deletion),
    hints: hintsOf(context),
    steps: [
      acceptedStep(context),
      setsStep(context),
      selects,
      ...decidesSteps(context),
      conflictStep(context),
      deletion,
    ],
  };
}

function verdictOf({ world, entry, status }: PolicyContext, selects: Step, deletion: Step): string[] {
  const accepted = policyAcceptance(world, entry.name);
  const { matched = 0, effective = 0 } = status.vms ?? {};
  const ties = status.conflicts?.total ?? 0;
  const why = !world.configurable
    ? "policies have no say"
    : entry.opinions.every((opinion) => opinion === undefined)
      ? "it sets no affinity"
      : "others do wherever it speaks";
  const effect = effective === matched ? "each of them" : `${effective} of them`;
  const verdict = [
    accepted.status === "True" ? "Accepted." : `Not accepted (${accepted.reason}): ${inSentence(accepted.message)}.`,
  ];
  if (matched === 0) verdict.push(`It selects ${small(selects.answer)}.`);
  else {
    const of = `It selects ${matched} of ${counted(world.vms.size, "VM")}`;
    verdict.push(
      effective > 0 ? `${of} and decides at least one group for ${effect}.` : `${of} and decides nothing: ${why}.`,
    );
  }
  if (ties > 0) verdict.push(`It is in conflict with other policies of its priority: ${counted(ties, "tie")}.`);
  if (matched > 0) verdict.push(`If it were deleted: ${small(deletion.answer)}.`);
  return verdict;
}

function hintsOf({ world, entry, status }: PolicyContext): string[] {
  const { reason } = policyAcceptance(world, entry.name);
  if (reason === "InvalidSelector") return ["Correct the selector: until then the policy selects nothing."];
  if (reason === "AffinityNotConfigurable") return [`Affinities need manager version ${FIRST_CONFIGURABLE} or later.`];
  if ((status.conflicts?.total ?? 0) === 0) return [];
  return ["To end a conflict, give one of the two policies another priority; until then the name decides."];
}

function acceptedStep({ world, entry }: PolicyContext): Step {
  const { status, reason, message } = policyAcceptance(world, entry.name);
  return {
    step: "Accepted",
    rule: "R5",
    question: "Is it accepted?",
    answer: status === "True" ? "Yes" : `No (${reason}): ${inSentence(message)}`,
    details: [],
    facts: { accepted: status === "True", reason, message },
  };
}

function setsStep({ entry }: PolicyContext): Step {
  const affinity = Object.fromEntries(
    GROUPS.flatMap(({ name }, group) => {
      const said = entry.opinions[group]?.affinity;
      return said === undefined ? [] : [[name, said]];
    }),
  );
  return {
    step: "Sets",
    rule: "R5",
    question: "What does it set?",
    answer: `${saysOf(entry)}; priority ${entry.priority}, the higher is asked first`,
    details: GROUPS.flatMap(({ name, default: byDefault }) =>
      name in affinity
        ? []
        : [{ text: `nothing for ${name}: the next policy decides, at last the default (${byDefault})` }],
    ),
    facts: { priority: entry.priority, affinity },
  };
}
