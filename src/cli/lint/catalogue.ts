import { closest } from "../../api/validate/index.ts";
import type { Rule, RuleText } from "./finding.ts";
import * as appliances from "./rules/appliances.ts";
import * as comments from "./rules/comments.ts";
import * as hosts from "./rules/hosts.ts";
import * as input from "./rules/input.ts";
import * as policies from "./rules/policies.ts";
import * as selectors from "./rules/selectors.ts";
import * as unprotected from "./rules/unprotected.ts";
import * as vms from "./rules/vms.ts";

/** The rules that look at a resolved estate. */
export const RULES: readonly Rule[] = [
  selectors.INVALID_SELECTOR,
  selectors.SELECTS_NOTHING,
  selectors.CONTRADICTION,
  selectors.NAMESPACE_WITHOUT_VM,
  selectors.NEAR_MISS,
  selectors.UNDESCRIBED_NAMESPACE,
  policies.SAYS_NOTHING,
  policies.SHADOWED,
  policies.GROUP_SHADOWED,
  policies.CONFLICT,
  policies.NOT_CONFIGURABLE,
  unprotected.APPLIANCE_ONLY,
  unprotected.AGENT_ONLY,
  unprotected.OWN_AFFINITY,
  unprotected.NEEDS_AGENT,
  unprotected.NO_SOURCE,
  vms.OPT_OUT,
  vms.UNLICENSED,
  vms.AGENT_VERSION,
  vms.AFFINITY_IGNORED,
  vms.NOT_INSTALLED_WITH,
  vms.UNWANTED_MODULES,
  vms.IDLE_AFFINITY,
  hosts.MISSPELT_HOST,
  hosts.HOST_WITHOUT_APPLIANCE,
  hosts.NOT_PLACED,
  appliances.HOST_CONFLICT,
  appliances.APPLIANCE_VERSION,
  appliances.NO_SERVICES,
  appliances.HOST_WITHOUT_VM,
];

/** Every code, in order. */
export const CATALOGUE: readonly RuleText[] = [
  input.UNREADABLE,
  input.REFUSED,
  input.UNKNOWN_FIELD,
  input.TWICE,
  comments.UNKNOWN_CODE,
  comments.NO_REASON,
  comments.SILENCES_NOTHING,
  ...RULES,
];

/** The codes that a comment can silence. */
export const SILENCEABLE: ReadonlySet<string> = new Set(RULES.map(({ code }) => code));

export function ruleByCode(code: string): RuleText | undefined {
  return CATALOGUE.find((rule) => rule.code === code);
}

/** What to say of a code that does not exist. */
export function unknownCode(code: string): string {
  const codes = CATALOGUE.map((rule) => rule.code);
  const upper = code.toUpperCase();
  const meant = codes.includes(upper) ? upper : closest(code, codes);
  return meant === undefined ? "tandem lint --list prints all codes" : `did you mean ${meant}?`;
}
