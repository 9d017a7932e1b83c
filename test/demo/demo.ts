import type { Appliance } from "../../src/api/kinds.ts";
import { spell } from "../cluster/say.ts";
import { type Estate, untilSettled } from "../cluster/settled.ts";
import { align } from "../cluster/table.ts";
import { byVm, type Change, changes, comparable } from "./changes.ts";
import { type Running, showTables, startEstate } from "./estate.ts";
import { run } from "./run.ts";
import { heading, note, say } from "./screen.ts";

/** It is in charge of the host with the most VMs: of all four modes, and of guests that only it protects. */
const APPLIANCE = "dsva-esx-01";

await run(async (interrupted) => {
  const began = performance.now();
  await using running = await startEstate(interrupted);
  const { admin, controller, estate } = running;
  await showTables(admin);

  heading(`What if ${APPLIANCE} were switched off?`);
  say(`  ${forecast(estate)}`);
  note("the forecast of its status; the same for each VM in status.forecast");

  heading(`Switching ${APPLIANCE} off`);
  const without = await activate(running, "Deactivated");
  const moved = changes(estate.vms, without.vms);
  showChanges(moved);

  heading(`Switching ${APPLIANCE} on again`);
  const again = await activate(running, "Activated");
  if (comparable(estate) !== comparable(again)) {
    throw new Error("not everything is as it was before. This is a mistake in Tandem: please report it.");
  }
  say("  Everything is as it was before.");

  heading("Done");
  const code = await controller.stop();
  if (code !== 0) throw new Error(`the controller ended with exit code ${code} after SIGTERM`);
  note(`the controller ended in order; nothing is left running (${spell(performance.now() - began)} in all)`);
  note("to play with the same data centre: make up");
});

/** Changes the appliance's activation and waits for its status, which is written after those of its VMs. */
async function activate({ admin, signal }: Running, activation: "Activated" | "Deactivated"): Promise<Estate> {
  note(`kubectl patch appl ${APPLIANCE} --type=merge -p '{"spec":{"activation":"${activation}"}}'`);
  const started = performance.now();
  await admin.mergePatch({ kind: "Appliance", name: APPLIANCE }, { spec: { activation } });
  const estate = await untilSettled(admin, { signal });
  note(`settled after ${spell(performance.now() - started)}`);
  return estate;
}

function forecast(estate: Estate): string {
  const impact = estate.appliances.find(isTheOne)?.status?.impact;
  if (impact === undefined) throw new Error(`${APPLIANCE} has no forecast`);
  const { vms, moves, installs, losses } = impact;
  return `${vms} VMs concerned: ${moves} features move to the agent, ${installs} modules to install for them, ${losses} features lost`;
}

function isTheOne(appliance: Appliance): boolean {
  return appliance.metadata.name === APPLIANCE;
}

function showChanges(moved: readonly Change[]): void {
  const title = ["VM", "FEATURE", "BEFORE", "NOW", "REASON", "STATE"];
  const rows = moved.map(({ vm, before, after }) => [
    vm,
    after.name,
    before.source,
    after.source,
    after.reason,
    after.state,
  ]);
  say("");
  print([title, ...rows]);
  say("\n  To be installed in the guest first");
  print(byVm(moved, ({ after }) => after.state === "InstallPending"));
  say("\n  Lost: nobody protects it now");
  print(byVm(moved, ({ after }) => after.source === "None"));
}

function print(lines: readonly (readonly string[])[]): void {
  for (const line of align(lines)) say(`  ${line}`);
}
