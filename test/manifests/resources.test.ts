import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BASE, readFolder } from "../cluster/install.ts";
import { ROOT } from "./kustomize.ts";

const performance = readFileSync(join(ROOT, "docs", "performance.md"), "utf8");

/** The figure of a row of docs/performance.md, in this unit. */
function measured(name: string, unit: string, section = performance): number {
  const row = section.split("\n").find((line) => line.startsWith(`| ${name} |`));
  const figure = new RegExp(`^\\| [^|]+ \\| ([\\d.,]+) ${unit} `).exec(row ?? "")?.[1];
  if (figure === undefined) throw new Error(`docs/performance.md has no "${name}" in ${unit}`);
  return Number(figure.replaceAll(",", ""));
}

function containerResources() {
  const deployment = readFolder(BASE).find(({ kind }) => kind === "Deployment") as unknown as {
    spec: {
      template: { spec: { containers: [{ resources: Record<"requests" | "limits", Record<string, string>> }] } };
    };
  };
  const { requests, limits } = deployment.spec.template.spec.containers[0].resources;
  const mebibytes = (quantity = "") => Number(/^(\d+)Mi$/.exec(quantity)?.[1]);
  return { requested: mebibytes(requests.memory), limit: mebibytes(limits.memory), cpu: requests.cpu, limits };
}

test("the memory that it asks for is what 10,000 VMs take at most; the limit is a quarter above what 100,000 take", () => {
  const { requested, limit } = containerResources();
  const many = performance.slice(performance.indexOf("\n## 100,000 VMs"));
  expect(requested).toBeGreaterThanOrEqual(measured("Resident memory, peak", "MiB"));
  expect(limit).toBeGreaterThanOrEqual(1.25 * measured("Resident memory, peak", "MiB", many));
});

test("the CPU that it asks for is at least a third of what a change of all VMs takes, and it has no limit", () => {
  const { cpu, limits } = containerResources();
  const seconds = measured("10,000 VMs settled after a policy that selects all changed", "s");
  const each = measured("&nbsp;&nbsp;&nbsp;&nbsp;the one who writes", "ms");
  const millicores = (10_000 * each) / seconds;
  expect(Number(/^(\d+)m$/.exec(cpu ?? "")?.[1])).toBeGreaterThanOrEqual(millicores / 3);
  expect(limits).not.toHaveProperty("cpu");
});
