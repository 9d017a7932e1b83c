import { code, plain } from "../output/markdown.ts";
import { number, plural } from "../output/words.ts";
import type { Refusal } from "./acceptance.ts";
import type { Group } from "./groups.ts";
import type { FeatureChangeKind } from "./kinds.ts";
import type { ByFeature, Plan } from "./plan.ts";
import { standing } from "./words.ts";

/** A part of the comment: what happens, in words, and a table of it. */
export interface Section {
  readonly title: string;
  /** What it means and what to do, in Markdown. */
  readonly text: string;
  readonly header: readonly string[];
  /** Cells in Markdown, made when they are asked for. */
  readonly rows: readonly (() => string[])[];
  /** Of which changes every VM is listed below the table, if it shows samples only. */
  readonly listed: readonly FeatureChangeKind[];
  /** Whether the table itself is shown only when somebody opens it. */
  readonly folded?: true;
}

const MOVES: readonly FeatureChangeKind[] = ["ToAgent", "ToAppliance", "OtherAppliance"];

/** The sections that have something to say, the gravest first. */
export function sectionsOf(plan: Plan): Section[] {
  const { counts, conflicts, acceptance, optOuts } = plan;
  const begun = conflicts.filter(({ appears }) => appears.count > 0);
  const refused = acceptance.filter(({ to }) => to !== undefined);
  return [
    changes(plan, ["Lost"], {
      title: `${plural(counts.losses, "feature loses its protection", "features lose their protection")}`,
      text: `They are wanted, and nobody would protect them any more.${adviceOn(plan, "Lost")}`,
    }),
    changes(plan, ["AddedUnprotected"], {
      title: `${plural(counts.unprotected, "newly wanted feature has no protection", "newly wanted features have no protection")}`,
      text: `They become wanted, and nobody can protect them.${adviceOn(plan, "AddedUnprotected")}`,
    }),
    byFeature(plan.installs, "Module", {
      title: `${plural(counts.installs, "module", "modules")} to install first`,
      text: "The agent is to protect these features and lacks the module for it: **until somebody installs it, the feature is not protected.** Install the modules in the guests before this goes in. (An affinity of `ApplianceOnly` never asks for an install; it leaves the feature unprotected while there is no appliance.)",
    }),
    {
      title: `${plural(begun.length, "policy conflict appears", "policy conflicts appear")}`,
      text: "Two policies of the same priority select the same VMs and answer differently. The first by name decides, which is seldom what is meant: give one of them another priority.",
      header: ["Group", "Decides", "Is overruled", "VMs"],
      rows: begun.map(({ group, policy, rival, appears }) => () => [
        group,
        code(policy),
        code(rival),
        `${number(appears.count)}: ${appears.text(code)}`,
      ]),
      listed: [],
    },
    {
      title: `${plural(refused.length, "object is not accepted", "objects are not accepted")}`,
      text: "They are stored, and have no effect until they are corrected.",
      header: ["Object", "Why"],
      rows: refused.map(({ kind, name, to }) => () => [`${kind} ${code(name)}`, refusal(to)]),
      listed: [],
    },
    {
      title: `${plural(counts.optouts, "opt-out is refused", "opt-outs are refused")}`,
      text: "`applianceProtection: Disabled` has no effect while the agent is available too. Set an affinity of `AgentOnly` for what the agent is to protect.",
      header: ["VMs"],
      rows: optOuts.count === 0 ? [] : [() => [optOuts.text(code)]],
      listed: [],
    },
    byFeature(plan.unlicensed, "Feature", {
      title: `${plural(counts.unlicensed, "feature is protected without a licence", "features are protected without a licence")}`,
      text: "The agent does it all the same, and no licence covers it: the agent's own (`licensedFeatures`) does not, nor a `PerCPU` licence of its host's appliance.",
    }),
    changes(plan, ["Removed"], {
      title: `${plural(counts.removals, "protected feature", "protected features")} ${counts.removals === 1 ? "ends" : "end"}`,
      text: "Nobody loses what is wanted: the VM is removed, or no longer asks for the feature. Check that this is meant.",
    }),
    changes(plan, MOVES, {
      title: `${plural(counts.moves, "feature moves", "features move")}`,
      text: `They are wanted before and after; who protects them changes. Nothing has to be done, but for what is marked *to install*: that is protected once its module is installed.${fallback(plan)}`,
    }),
    changes(plan, ["ToInstall"], {
      title: "Modules that go missing",
      text: "The agent protected these and goes on being their source, and its module is no longer there.",
    }),
    changes(plan, ["Gained", "Added", "Installed"], {
      title: "What becomes protected",
      text: "Nothing has to be done, but for what is marked *to install*.",
    }),
    byFeature(plan.exposed, "Feature", {
      title: `${plural(counts.exposed, "feature depends", "features depend")} on the appliance alone from now on`,
      text: "They stay protected. A deactivation of the appliance would take them away, which it would not have done before.",
    }),
    folded(
      changes(plan, ["RemovedUnprotected"], {
        title: "Unprotected features that are no longer wanted",
        text: "Nobody protected them before either.",
      }),
    ),
    folded(
      changes(plan, ["Redecided"], {
        title: `${plural(counts.redecided, "feature is", "features are")} decided in another way`,
        text: "The protection stays as it is, for another reason than before.",
      }),
    ),
  ].filter(({ rows }) => rows.length > 0);
}

type Words = Pick<Section, "title" | "text">;

function folded(section: Section): Section {
  return { ...section, listed: [], folded: true };
}

function changes({ groups }: Plan, listed: readonly FeatureChangeKind[], words: Words): Section {
  const own = groups.filter(({ change }) => listed.includes(change));
  const isSampled = own.some(({ vms, messages }) => vms.count > vms.first.length || messages.length > 1);
  return {
    ...words,
    header: ["Feature", "Before", "After", "VMs", "Why", "Edit"],
    rows: own.map((group) => () => groupRow(group)),
    listed: isSampled ? listed : [],
  };
}

/** A reason in Markdown. */
export function why(text: string): string {
  return plain(text).replaceAll(" -> ", " → ");
}

function groupRow({ feature, from, to, vms, messages, moreMessages, causes }: Group): string[] {
  const reasons = messages.map(why).join("<br>") + (moreMessages ? "<br>and other reasons" : "");
  const edits = causes.map((cause) => cause.number).join(", ");
  return [feature, standing(from), standing(to), `${number(vms.count)}: ${vms.text(code)}`, reasons, edits];
}

function byFeature(samples: ByFeature, first: string, words: Words): Section {
  const rows = [...samples].flatMap(([feature, vms]) => {
    const where = () => [feature, number(vms.count), number(vms.namespaces), vms.text(code)];
    return vms.count === 0 ? [] : [where];
  });
  return { ...words, header: [first, "VMs", "Namespaces", "Which"], rows, listed: [] };
}

/** What to do about features that nobody protects, by the reasons that there are. */
function adviceOn({ groups }: Plan, change: FeatureChangeKind): string {
  const reasons = new Set(groups.filter((group) => group.change === change).map(({ reason }) => reason));
  const advice = [
    reasons.has("NoFallback")
      ? "\n\n- *NoFallback*: the affinity names one source and forbids the other. If the other may take over, change it to `AppliancePreferred` or `AgentPreferred`; if not, give the VM the source that it names: the table says what is missing."
      : "",
    reasons.has("NoSource")
      ? "\n\n- *NoSource*: neither appliance nor agent can do it. Activate an agent in the guest, or an able appliance on the host, before this goes in."
      : "",
  ];
  return advice.join("");
}

/** What the word means, where it stands in the table of moves. */
function fallback({ groups }: Plan): string {
  const isThere = groups.some(({ change, reason }) => MOVES.includes(change) && reason === "Fallback");
  return isThere ? " *Fallback*: the preferred source cannot do it, so the other one does." : "";
}

function refusal(refused: Refusal | undefined): string {
  return refused === undefined ? "" : `${refused.reason}: ${plain(refused.message)}`;
}
