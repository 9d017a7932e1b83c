import { type Panel, ROWS, type Row } from "./panels.ts";

/** Grafana's grid is 24 wide; the height of a row of graphs, of one of numbers, and of a heading. */
const WIDTH = 24;
const GRAPH = 8;
const STAT = 4;
const HEADING = 1;
/** The version of this JSON, of Grafana 11; later ones take it and migrate it. */
const SCHEMA_VERSION = 39;

const datasource = { type: "prometheus", uid: "$datasource" };
const CONTROLLERS = 'namespace="$namespace", job="$job"';

/** Whole, as Grafana's own schema has it: it would fill in what is absent, and show a change that nobody made. */
const STAT_OPTIONS = {
  graphMode: "area",
  colorMode: "none",
  justifyMode: "auto",
  textMode: "auto",
  wideLayout: true,
  showPercentChange: false,
  percentChangeColorMode: "standard",
  orientation: "auto",
  reduceOptions: { calcs: ["lastNotNull"] },
};
const GRAPH_OPTIONS = {
  legend: { displayMode: "list", placement: "bottom", showLegend: true, calcs: [] },
  tooltip: { mode: "multi", sort: "desc" },
};

interface Position {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** The text of the dashboard as Grafana imports it. */
export function dashboard(): string {
  return `${JSON.stringify(model(), null, 2)}\n`;
}

function model(): object {
  return {
    uid: "tandem",
    title: "Tandem",
    description:
      "The controller of Tandem, and how the VMs are doing. What to do about an alert is in docs/runbook.md.",
    tags: ["tandem"],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    annotations: { list: [] },
    templating: {
      list: [
        { name: "datasource", label: "Data source", type: "datasource", query: "prometheus" },
        variable("namespace", "Namespace", "label_values(tandem_build_info, namespace)"),
        variable("job", "Job", 'label_values(tandem_build_info{namespace="$namespace"}, job)'),
      ],
    },
    panels: panels(),
  };
}

function variable(name: string, label: string, query: string): object {
  // Looked up again whenever the dashboard is opened.
  return { name, label, type: "query", datasource, query: { query, refId: name }, refresh: 1, sort: 1 };
}

function panels(): object[] {
  const all: object[] = [];
  let y = 0;
  for (const row of ROWS) {
    const gridPos = { x: 0, y, w: WIDTH, h: HEADING };
    all.push({ id: all.length + 1, type: "row", title: row.title, collapsed: false, gridPos, panels: [] });
    y += HEADING;
    const h = heightOf(row);
    const w = Math.floor(WIDTH / row.panels.length);
    for (const [index, panel] of row.panels.entries()) {
      all.push({ id: all.length + 1, ...panelOf(panel, { x: index * w, y, w, h }) });
    }
    y += h;
  }
  return all;
}

function heightOf({ panels }: Row): number {
  return panels.every(({ type }) => type === "stat") ? STAT : GRAPH;
}

function panelOf({ title, description, unit, type, queries }: Panel, gridPos: Position): object {
  return {
    type: type ?? "timeseries",
    title,
    description,
    gridPos,
    datasource,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options: type === "stat" ? STAT_OPTIONS : GRAPH_OPTIONS,
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode("A".charCodeAt(0) + index),
      datasource,
      expr: expr.replaceAll("$of", CONTROLLERS),
      legendFormat: legend,
    })),
  };
}
