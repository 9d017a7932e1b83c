import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { goPrograms } from "../cluster/build.ts";

/** `dashboard`: what it does, its first lines say. */
const PACKAGES = { promtool: "github.com/prometheus/prometheus/cmd/promtool", dashboard: "./dashboard" } as const;
const TAKES = "about 2 minutes on two cores";
/** Without service discovery, which rules need not and which makes the build three times as long. */
const TAGS = ["remove_all_sd"];

interface Tools {
  readonly promtool: Promtool;
  /** Path of the program. */
  readonly dashboard: string;
}

/** Built once a machine, or the reason why they cannot be. Throws `BuildFailed`. */
export async function monitoringTools(): Promise<Tools | { skipped: string }> {
  const module = import.meta.dirname;
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const programs = {
    what: "promtool",
    module,
    cache: "tools-monitoring",
    packages: PACKAGES,
    takes: TAKES,
    tags: TAGS,
  };
  const built = await goPrograms(programs, { say });
  return "skipped" in built ? built : { promtool: new Promtool(built.promtool), dashboard: built.dashboard };
}

/** Prometheus' own tool for rules. */
export class Promtool {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** What it prints; throws, with that, if it ends with anything but 0. */
  run(...args: string[]): string {
    try {
      return execFileSync(this.#path, args, { encoding: "utf8", stdio: "pipe", maxBuffer: 64 * 2 ** 20 });
    } catch (error) {
      const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
      throw new Error(`promtool ${args.slice(0, 2).join(" ")}\n${stdout}${stderr}`, { cause: error });
    }
  }

  /** `promtool test rules`: throws, with what is not as expected. */
  test(ruleFile: string, tests: readonly RuleTest[]): void {
    const folder = mkdtempSync(join(tmpdir(), "tandem-promtool-"));
    try {
      const file = join(folder, "test.json");
      writeFileSync(file, JSON.stringify({ rule_files: [ruleFile], evaluation_interval: "1m", tests }));
      this.run("test", "rules", file);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

/** A test of promtool, in its own words: series, and what is to be true of them at a time. */
export interface RuleTest {
  readonly name: string;
  /** Time between two values of a series: `1m`. */
  readonly interval: string;
  /** `values`: `1x30` is 1 and thirty times that again, `0+5x30` counts up, `_` is no value. */
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly alert_rule_test?: readonly {
    readonly eval_time: string;
    readonly alertname: string;
    readonly exp_alerts: readonly {
      readonly exp_labels: Readonly<Record<string, string>>;
      readonly exp_annotations: Readonly<Record<string, string>>;
    }[];
  }[];
  readonly promql_expr_test?: readonly {
    readonly expr: string;
    readonly eval_time: string;
    readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
  }[];
}
