import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { CRDS, SAMPLES } from "../cluster/install.ts";
import { RELEASES } from "./releases.ts";

/** The folder of the release that is being made: it follows crds/ until its number goes up, and stays as it is from then on. */
const present = join(RELEASES, packageJson.version);

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
