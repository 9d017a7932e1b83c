import type { Setting, SettingName } from "./table.ts";
import { parseValue, type Value } from "./values.ts";

/** One setting as somebody gave it somewhere. */
export interface Given {
  readonly name: SettingName;
  /** `--lease-name`, `TANDEM_LEASE_NAME`, or `FILE:LINE:COL: lease-name`; for messages. */
  readonly where: string;
  /** Undefined for an address that is off. */
  readonly value: Value | undefined;
  /** Whether it is not allowed, which has been told. */
  readonly wrong: boolean;
}

/** A setting with its value; one that is not allowed joins the problems. */
export function placed(
  setting: Setting & { readonly name: SettingName },
  text: string,
  { where, problems }: { readonly where: string; readonly problems: string[] },
): Given {
  const parsed = parseValue(setting.value, text);
  if (parsed.type === "value") return { name: setting.name, where, value: parsed.value, wrong: false };
  problems.push(`${where}: ${parsed.text}`);
  return { name: setting.name, where, value: undefined, wrong: true };
}
