/** A condition before it has its times: what the rules say. */
export interface Finding {
  type: string;
  status: "True" | "False";
  reason: string;
  message: string;
}

/** Another type with the reason and message of a finding: `Ready`, `Reconciling` and `Stalled` are such views. */
export function viewOf(finding: Finding, type: string, status = finding.status): Finding {
  return { ...finding, type, status };
}

/** The first names of a list and how many more there are, so that no message grows with the estate. */
export function someOf(names: readonly string[], limit = 3): string {
  const rest = names.length - limit;
  return rest > 0 ? `${names.slice(0, limit).join(", ")} and ${rest} more` : names.join(", ");
}
