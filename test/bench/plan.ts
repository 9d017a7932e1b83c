/**
 * How long `tandem plan` takes for two large estates, and how much memory: `node test/bench/plan.ts [--vms 100000]`.
 * It generates the estates as JSON lists and as YAML, runs `bin/tandem plan` over them, and prints a row for each run.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeYaml } from "../../src/api/manifest/index.ts";
import { type Estate, estateOf } from "./estate-objects.ts";
import { processCpu, residentMemory } from "./usage.ts";

const TANDEM = join(import.meta.dirname, "..", "..", "bin", "tandem");
/** Milliseconds between two looks at a process. */
const LOOK = 20;

const { values } = parseArgs({
  options: { vms: { type: "string", default: "100000" }, policies: { type: "string", default: "200" } },
});
const size = {
  vms: Number(values.vms),
  policies: Number(values.policies),
  appliances: Math.ceil(Number(values.vms) / 20),
};

/** What the pull request does: nothing, an edit of one policy, or so much that every VM is concerned. */
const EDITS: Readonly<Record<string, (estate: Estate) => Estate>> = {
  nothing: (estate) => estate,
  "one policy": ({ policies, ...rest }) => ({
    ...rest,
    policies: policies.map((policy, n) =>
      n === 0
        ? { ...policy, spec: { ...policy.spec, affinity: { antiMalware: "AgentOnly", network: "ApplianceOnly" } } }
        : policy,
    ),
  }),
  "every appliance": ({ appliances, ...rest }) => ({
    ...rest,
    appliances: appliances.map((one) => ({ ...one, spec: { ...one.spec, activation: "Deactivated" } })),
  }),
};

const folder = mkdtempSync(join(tmpdir(), "tandem-bench-plan-"));
try {
  const estate = estateOf(size);
  process.stdout.write(`${size.vms} VMs, ${size.policies} policies, ${size.appliances} appliances\n`);
  process.stdout.write("| edit | input | output | s | CPU s | MB |\n| --- | --- | --- | --- | --- | --- |\n");
  for (const format of ["json", "yaml"]) {
    const from = join(folder, `from.${format}`);
    await write(from, estate);
    for (const [name, edit] of Object.entries(EDITS)) {
      const to = join(folder, `to.${format}`);
      await write(to, edit(estate));
      for (const output of format === "json" ? ["table", "markdown", "wide", "json"] : ["table"]) {
        const { seconds, cpu, megabytes } = await measure(["plan", "--from", from, "--to", to, "-o", output]);
        const figures = [seconds.toFixed(1), cpu.toFixed(1), megabytes.toFixed(0)];
        process.stdout.write(`| ${[name, format, output, ...figures].join(" | ")} |\n`);
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** An object at a time: all of them are more than a string can hold. */
async function write(file: string, { appliances, policies, vms }: Estate): Promise<void> {
  const stream = createWriteStream(file);
  const json = file.endsWith(".json");
  const objects = [appliances, policies, vms].flat();
  let text = json ? '{"apiVersion":"v1","kind":"List","items":[\n' : "";
  for (const [index, object] of objects.entries()) {
    if (json) text += `${index === 0 ? "" : ",\n"}${JSON.stringify(object)}`;
    else text += `${index === 0 ? "" : "---\n"}${writeYaml(object)}`;
    if (text.length < 2 ** 20) continue;
    if (!stream.write(text)) await once(stream, "drain");
    text = "";
  }
  stream.end(json ? `${text}]}\n` : text);
  await once(stream, "finish");
}

async function measure(args: readonly string[]): Promise<{ seconds: number; cpu: number; megabytes: number }> {
  const start = performance.now();
  const child = spawn(TANDEM, args, { stdio: ["ignore", "ignore", "inherit"] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${TANDEM} cannot be started`);
  let [cpu, peak] = [0, 0];
  const timer = setInterval(() => {
    try {
      cpu = Math.max(cpu, processCpu(pid));
      // One that has ended, and that nobody has heard of yet, has no memory.
      peak = Math.max(peak, residentMemory(pid).peak);
    } catch {
      // It ended between two looks.
    }
  }, LOOK);
  const [code] = await once(child, "exit");
  clearInterval(timer);
  if (code !== 0 && code !== 1) throw new Error(`tandem ${args.join(" ")} ended with ${code}`);
  return { seconds: (performance.now() - start) / 1000, cpu: cpu / 1000, megabytes: peak / 2 ** 20 };
}
