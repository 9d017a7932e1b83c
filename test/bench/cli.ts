import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appliance, policy, vm } from "../fault/estate.ts";
import { quantile } from "./statistics.ts";

/** Milliseconds from the launch of a process until its end: medians. */
export interface CliTimes {
  /** `node -e 0`. */
  readonly node: number;
  readonly render: number;
  readonly help: number;
}

export const RUNS = 20;

/** Runs each command so many times, in turn. `program`: a `bin/tandem`. */
export function measureCli(program: string): CliTimes {
  const file = join(tmpdir(), `tandem-bench-${process.pid}.yaml`);
  writeFileSync(file, tenObjects());
  try {
    const commands = {
      node: [process.execPath, "-e", "0"],
      render: [program, "render", "-f", file],
      help: [program, "--help"],
    } as const;
    const times: Record<keyof typeof commands, number[]> = { node: [], render: [], help: [] };
    for (let run = 0; run < RUNS; run++) {
      for (const name of ["node", "render", "help"] as const) times[name].push(timed(commands[name]));
    }
    const median = (name: keyof typeof commands): number => quantile(times[name], 0.5);
    return { node: median("node"), render: median("render"), help: median("help") };
  } finally {
    rmSync(file);
  }
}

function timed([command, ...args]: readonly [string, ...string[]]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  const ms = performance.now() - start;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stderr}`);
  return ms;
}

/** Six VMs, two appliances, two policies. JSON is YAML. */
function tenObjects(): string {
  const affinity = { network: "AgentPreferred" } as const;
  const objects = [
    ...Array.from({ length: 6 }, (_, n) => vm("bench", n, 2)),
    ...[0, 1].map(appliance),
    policy("everywhere", { priority: 1, affinity }),
    policy("app", { priority: 2, affinity, app: "app-1" }),
  ];
  return objects.map((object) => JSON.stringify(object, null, 2)).join("\n---\n");
}
