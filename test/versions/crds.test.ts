import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CRDS, SAMPLES } from "../cluster/install.ts";
import { PRESENT, RELEASES } from "./releases.ts";

/* After the number went up: `vitest run --project unit -u test/versions` makes the folder of the new release. */
const present = join(RELEASES, PRESENT);

const yaml = (folder: string) => readdirSync(folder).filter((file) => file.endsWith(".yaml"));

test.each(yaml(CRDS))("%s of this release is kept for the upgrades to come", async (file) => {
  await expect(readFileSync(join(CRDS, file), "utf8")).toMatchFileSnapshot(join(present, file));
});

test.each(yaml(SAMPLES).filter((file) => file !== "kustomization.yaml"))(
  "%s too, as objects of its time",
  async (file) => {
    await expect(readFileSync(join(SAMPLES, file), "utf8")).toMatchFileSnapshot(join(present, "objects", file));
  },
);

test("no kind or object is kept that this release does not have", () => {
  expect(yaml(present)).toEqual(yaml(CRDS));
  expect([...yaml(join(present, "objects")), "kustomization.yaml"].toSorted()).toEqual(yaml(SAMPLES).toSorted());
});
