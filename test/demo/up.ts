import { once } from "node:events";
import { showTables, startEstate } from "./estate.ts";
import { run } from "./run.ts";
import { heading, note, say } from "./screen.ts";

await run(async (interrupted) => {
  await using running = await startEstate(interrupted);
  const { admin, controller, signal } = running;
  await showTables(admin);

  heading("It is yours until Ctrl-C. In another terminal:");
  for (const line of [
    `export KUBECONFIG=${admin.kubeconfig}`,
    "kubectl get tandem -A",
    "kubectl explain pvm.spec.affinity",
    "kubectl get pvm -A --field-selector status.mode=Agentless",
    "kubectl -n payments get pvm card-1 -o yaml",
    `kubectl patch appl dsva-esx-01 --type=merge -p '{"spec":{"activation":"Deactivated"}}'`,
    "kubectl -n payments get pvm -w",
  ]) {
    say(`  ${line}`);
  }

  await once(signal, "abort");
  if (!interrupted.aborted) signal.throwIfAborted();
  heading("Putting it away");
  const code = await controller.stop();
  if (code !== 0) throw new Error(`the controller ended with exit code ${code} after SIGTERM`);
  note("nothing is left running");
});
