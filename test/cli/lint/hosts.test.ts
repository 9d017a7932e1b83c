import { expect, test } from "vitest";
import { APPLIANCE, documents, VM } from "../../../src/cli/lint/examples.ts";
import { codes, lint } from "./lint.ts";

/** What is said of VMs on `host` where an appliance and `others` VMs are on `known`. */
async function said(known: string, host: string, { vms = 1, others = 1 } = {}): Promise<string[]> {
  const on = (name: string, where: string) =>
    VM.replace("web-1", name).replace("esx-1.example", where).replace("[Firewall]", "[AntiMalware, Firewall]");
  const all = [
    ...Array.from({ length: others }, (_, n) => on(`there-${n}`, known)),
    ...Array.from({ length: vms }, (_, n) => on(`here-${n}`, host)),
  ];
  return codes(await lint(documents(APPLIANCE.replace("esx-1.example", known), ...all)));
}

test("a host that differs in a letter or lacks its domain is misspelt", async () => {
  expect(await said("esx-1.example", "esx-1.exmaple")).toEqual(["TL211"]);
  expect(await said("esx-1.example", "esx-1")).toEqual(["TL211"]);
  expect(await said("esx-1", "esx-1.example")).toEqual(["TL211"]);
  expect(await said("esx-1.example", "esx1.example", { vms: 2, others: 20 })).toEqual(["TL211"]);
});

test("hosts that are counted up are hosts of their own", async () => {
  for (const [known, host] of [
    ["esx-1.example", "esx-2.example"],
    ["esx-1.dc1.example", "esx-11.dc.example"],
    ["esx-a.example", "esx-b.example"],
    ["esx01a.example", "esx01b.example"],
  ] as const) {
    expect(await said(known, host)).toEqual(["TL212"]);
  }
});

test("a host with its share of the VMs is not misspelt, unless nobody is on the one that was meant", async () => {
  expect(await said("esx-1.ams.example", "esx-1.aws.example", { vms: 5, others: 20 })).toEqual(["TL212"]);
  expect((await said("esx-1.ams.example", "esx-1.aws.example", { vms: 5, others: 0 })).sort()).toEqual([
    "TL211",
    "TL304",
  ]);
});
