import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, inject, test } from "vitest";
import { scriptOf } from "../../gitops/document.ts";
import { output } from "../../gitops/waiters.ts";
import { applyFolder, readFolder, SAMPLES } from "../install.ts";
import { untilSettled } from "../settled.ts";
import { deleteAndWait } from "../until.ts";
import { eightAtATime, useController } from "./support.ts";

const { admin } = useController();
const shell = { kubeconfig: inject("kubeconfig"), home: mkdtempSync(join(tmpdir(), "tandem-recipes-")) };

afterAll(async () => {
  rmSync(shell.home, { recursive: true });
  const namespaces = readFolder(SAMPLES).filter(({ kind }) => kind === "Namespace");
  await eightAtATime(namespaces, async ({ metadata: { name } }) => {
    await admin.deleteAll("ProtectedVM", { namespace: name });
    await deleteAndWait(admin, { kind: "Namespace", name });
  });
});

test("every recipe of docs/gitops.md for kubectl wait works on the samples", async ({ skip }) => {
  try {
    await promisify(execFile)("kubectl", ["version", "--client"]);
  } catch {
    skip("there is no kubectl on the PATH");
  }
  await applyFolder(admin, SAMPLES);
  await untilSettled(admin);
  const { text, failed } = await output(shell, "sh", ["-e", "-c", scriptOf("recipes")]);
  expect(failed, text).toBe(false);
  expect(text.match(/ condition met$/gm)?.length, text).toBeGreaterThanOrEqual(9);
  const patient = scriptOf("recipes").match(/^until [\s\S]*?^done/m)?.[0] ?? "";
  expect(patient).toContain("pvm/web-1");
  // Nobody protects vault-1: the loop is to end at once, and badly.
  const hopeless = patient
    .replaceAll("-n shop", "-n payments")
    .replaceAll("pvm/web-1", "pvm/vault-1")
    .replace("=10s", "=1s");
  const answer = await output(shell, "sh", ["-e", "-c", hopeless]);
  expect(answer).toMatchObject({ failed: true, text: expect.stringMatching(/vault-1 condition met$/m) });
});
