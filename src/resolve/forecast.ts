import type { Forecast } from "../api/kinds.ts";
import { fieldsOf, isSameList } from "./carry-over.ts";
import type { Decision, Loss } from "./decide.ts";
import { listOf } from "./features.ts";

type Agent = NonNullable<Forecast["agentDeactivated"]>;
type Appliance = NonNullable<Forecast["applianceDeactivated"]>;

/** SPEC R9; undefined where no source is available. `before`: the forecast that is there. */
export function forecastOf(
  { agentDeactivated, applianceDeactivated }: Decision,
  before: Forecast | null | undefined,
): Forecast | undefined {
  if (agentDeactivated === undefined && applianceDeactivated === undefined) return undefined;
  const forecast: Forecast = {};
  if (agentDeactivated !== undefined) forecast.agentDeactivated = agentPart(agentDeactivated);
  if (applianceDeactivated !== undefined) forecast.applianceDeactivated = appliancePart(applianceDeactivated);
  return before != null && isSameForecast(before, forecast) ? before : forecast;
}

function agentPart({ moves, losses }: Loss): Agent {
  return { moves: listOf(moves), losses: listOf(losses) };
}

function appliancePart({ moves, losses, installs }: Loss): Appliance {
  return { moves: listOf(moves), losses: listOf(losses), installs: listOf(installs) };
}

function isSameForecast(before: Forecast, now: Forecast): boolean {
  return (
    fieldsOf(before) === fieldsOf(now) &&
    isSamePart(before.agentDeactivated, now.agentDeactivated) &&
    isSamePart(before.applianceDeactivated, now.applianceDeactivated)
  );
}

function isSamePart(before: Partial<Appliance> | undefined, now: Partial<Appliance> | undefined): boolean {
  if (before == null || now == null) return before === now;
  return (
    fieldsOf(before) === fieldsOf(now) &&
    isSameList(before.moves, now.moves) &&
    isSameList(before.losses, now.losses) &&
    isSameList(before.installs, now.installs)
  );
}
