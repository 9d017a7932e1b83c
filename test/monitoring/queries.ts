import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FOLDER } from "./rules.ts";

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
}

interface DashboardPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly Variable[] };
  readonly panels: readonly DashboardPanel[];
}

/** What dashboard.json says. */
export const DASHBOARD = JSON.parse(readFileSync(join(FOLDER, "dashboard.json"), "utf8")) as Dashboard;

/** What a query needs of Grafana, put in by hand. */
export function filledIn(expr: string, variables: Readonly<Record<string, string>>): string {
  return expr.replaceAll(/\$(\w+)/g, (whole, name: string) => variables[name] ?? whole);
}

/** A metric with what its labels must be. */
export interface Selector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[];
}

const WORDS = new Set(
  "sum max min rate changes absent histogram_quantile max_over_time time by on and or group_left label_values".split(
    " ",
  ),
);
const SELECTOR = /\b([a-zA-Z_:][\w:]*)\{([^}]*)\}/g;

/** Every selector in a query; throws if it names a metric that has no matchers, so that nobody else's series are taken. */
export function selectorsOf(expr: string): Selector[] {
  const rest = expr
    .replaceAll(SELECTOR, "")
    .replaceAll(/\b(by|on|group_left) \([^)]*\)/g, "")
    .replaceAll(/\[[^\]]*\]/g, "");
  const bare = rest.match(/\b[a-zA-Z_]\w*/g)?.find((word) => !WORDS.has(word));
  if (bare !== undefined) throw new Error(`${bare} has no matchers in: ${expr}`);
  return [...expr.matchAll(SELECTOR)].map(([, metric = "", inside = ""]) => ({
    metric,
    matchers: [...inside.matchAll(/(\w+)(=~|!=|=)"([^"]*)"/g)].map(([, label = "", operator = "", value = ""]) => ({
      label,
      operator,
      value,
    })),
  }));
}

/** The selector once for each alternative of its regular expressions, so that each can be seen to exist. */
export function alternatives({ metric, matchers }: Selector): string[] {
  let all = [""];
  for (const { label, operator, value } of matchers) {
    const values = operator === "=~" ? value.split("|") : [value];
    const equals = operator === "=~" ? "=" : operator;
    all = all.flatMap((before) => values.map((one) => `${before}${before && ", "}${label}${equals}"${one}"`));
  }
  return all.map((inside) => `${metric}{${inside}}`);
}
