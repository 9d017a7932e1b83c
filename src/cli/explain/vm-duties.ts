import { countsForHealth, health, setOf } from "../../resolve/explain/index.ts";
import type { Detail, Step } from "./explanation.ts";
import { namesAbout, type VmContext } from "./vm-context.ts";
import { capital, listed } from "./words.ts";

/** SPEC R8: what is missing, and what is to be delivered. */
export function deliveryStep(context: VmContext): Step {
  const { status, decision } = context;
  const modules = namesAbout(context, decision.required);
  const actions = (status.actions ?? []).filter(({ module }) => module === undefined || modules.includes(module));
  const deliver = actions.some(({ type }) => type === "DeliverPolicy");
  const parts = [
    ...(modules.length > 0 ? [`install ${listed(modules)} on the agent`] : []),
    ...(deliver ? ["deliver the policy"] : []),
  ];
  const delivered = status.delivered?.revision;
  const details: Detail[] = [
    { text: `revision ${status.revision}: a fingerprint of who protects what` },
    {
      text:
        delivered === undefined
          ? "nothing was reported as delivered yet"
          : `in force is ${delivered === status.revision ? "just that one" : `revision ${delivered}`}`,
    },
  ];
  return {
    step: "Delivery",
    rule: "R8",
    question: "What is still to be done?",
    answer: parts.length === 0 ? "Nothing" : capital(parts.join(", then ")),
    details,
    facts: {
      requiredModules: modules,
      actions,
      revision: status.revision,
      ...(delivered !== undefined && { delivered }),
    },
  };
}

/** SPEC R10. */
export function licenceStep(context: VmContext): Step {
  const { entry, decision } = context;
  const { inCharge, split, unlicensed } = decision;
  const byAgent = namesAbout(context, split.agent);
  const covered = byAgent.map((name) => {
    const bit = setOf([name]);
    if (unlicensed === undefined) return { name, text: "no licence is declared" };
    if ((unlicensed & bit) !== 0) return { name, text: "no licence covers it" };
    return (bit & (entry.licensed ?? 0)) !== 0
      ? { name, text: "covered by the agent's own licence" }
      : { name, text: `covered by the PerCPU licence of appliance ${inCharge?.name}` };
  });
  const missing = namesAbout(context, unlicensed ?? 0);
  const answer =
    unlicensed === undefined
      ? "Not known: neither the agent nor the appliance in charge declares a licence"
      : byAgent.length === 0
        ? "Nothing to license: the agent protects none of it"
        : missing.length === 0
          ? "Yes"
          : `No: no licence lets the agent do ${listed(missing)}, which moves nothing`;
  return {
    step: "Licence",
    rule: "R10",
    question: "Is what the agent does licensed?",
    answer,
    details: unlicensed === undefined ? [] : covered.map(({ name, text }) => ({ text: `${name}: ${text}` })),
    facts: { declared: unlicensed !== undefined, features: byAgent, unlicensed: missing },
  };
}

/** SPEC R11, R7. */
export function healthStep(context: VmContext): Step {
  const { status, decision, about } = context;
  const uses = { split: { appliance: decision.split.appliance & about, agent: decision.split.agent & about } };
  const given = (status.reports ?? []).filter(
    ({ feature }) => context.whole || feature === "All" || (setOf([feature]) & about) !== 0,
  );
  const reports = given.map((report) => ({ ...report, counts: countsForHealth(report, uses) }));
  const healthy = health(uses, given);
  const details: Detail[] = reports.map(({ source, feature, health: said, message, counts }) => {
    const quoted = message == null || message === "" ? "" : ` ("${message}")`;
    return {
      text: `${source}, ${feature}: ${said}${quoted}; ${counts ? "counts" : "does not count, as that source protects none of it"}`,
    };
  });
  if (healthy?.status === "False")
    details.push({ text: "errors move nothing: only activation moves protection", rule: "R7" });
  return {
    step: "Health",
    rule: "R11",
    question: "Does a source in use report an error?",
    answer:
      healthy === undefined
        ? "Nobody reports on a source in use"
        : healthy.status === "True"
          ? "No"
          : `Yes, ${healthy.message}`,
    details,
    facts: {
      ...(healthy !== undefined && { healthy: healthy.status === "True" }),
      reports: reports.map(({ source, feature, health, counts }) => ({ source, feature, health, counts })),
    },
  };
}
