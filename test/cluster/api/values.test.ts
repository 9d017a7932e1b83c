import { beforeAll, describe, expect, test } from "vitest";
import type { KindName } from "../../../src/api/crd.ts";
import { crds } from "../../../src/api/generated/schemas.ts";
import { readText, SourceText } from "../../../src/api/manifest/index.ts";
import { check } from "../../../src/api/validate/index.ts";
import { useCluster } from "../fixture.ts";
import { collectionPath, objectPath, refOf } from "../kinds.ts";
import { BOUNDS } from "./bounds.ts";
import { fullObjects } from "./documents.ts";
import { eightAtATime, type Tandem } from "./support.ts";
import { type Case, casesFor, type Place, placesOf, valueAt, withValue } from "./values.ts";

const { admin, namespace } = useCluster();
const objects = fullObjects(namespace);
const KINDS: readonly KindName[] = ["ProtectedVM", "AffinityPolicy", "Appliance"];

interface Verdict {
  readonly accepted: boolean;
  readonly message: string;
}

/** What one value led to. */
interface Trial {
  readonly place: Place;
  readonly tried: Case;
  readonly server: Verdict;
  readonly offline: Verdict;
}

/** Which of the two has to be asked: the server ignores `status` at creation, so it goes to the subresource. */
async function askServer(object: Tandem, part: "spec" | "status"): Promise<Verdict> {
  const ref = refOf(object);
  const query = { dryRun: "All", fieldValidation: "Strict" };
  const answer =
    part === "spec"
      ? await admin.request({ method: "POST", path: collectionPath(ref.kind, ref.namespace), query, body: object })
      : await admin.request({ method: "PUT", path: objectPath(ref, "status"), query, body: object });
  const { message = "" } = answer.body as { message?: string };
  // 400: not even an object of the kind; 422: not a valid one. Anything else is no verdict.
  expect([200, 201, 400, 422], message).toContain(answer.status);
  return { accepted: answer.status < 300, message };
}

function askOffline(object: Tandem): Verdict {
  const { manifests, problems } = readText(new SourceText("case.json", JSON.stringify(object)));
  const found = manifests.flatMap((manifest) => {
    const checked = check(manifest);
    return checked.type === "invalid" ? checked.problems : [];
  });
  const all = [...problems, ...found].map(({ path, text }) => `${path.join(".")}: ${text}`);
  return { accepted: all.length === 0, message: all.join("; ") };
}

/** Tries every value at every place of one kind. */
async function tryAll(kind: KindName, part: "spec" | "status"): Promise<Trial[]> {
  const schema = crds[kind].schema.properties?.[part];
  if (schema === undefined) throw new Error(`${kind} has no ${part}`);
  // A status is written to an object that is there, with its resourceVersion.
  const { metadata } = part === "status" ? await admin.create(objects[kind]) : objects[kind];
  const valid = { ...objects[kind], metadata } as Tandem;
  const work = [...placesOf(schema, part)].flatMap((place) => {
    const items = place.path === "status.reports" ? differentReports() : valueAt(valid, `${place.path}[]`);
    return casesFor(place, place.schema.type === "array" ? items : undefined).map((tried) => ({ place, tried }));
  });
  const trials: Trial[] = [];
  await eightAtATime(work, async ({ place, tried }) => {
    const object = withValue(valid, place.path, tried.value);
    trials.push({ place, tried, server: await askServer(object, part), offline: askOffline(object) });
  });
  return trials;
}

function differentReports(): unknown[] {
  const { schema } = crds.ProtectedVM;
  const features = schema.properties?.status?.properties?.reports?.items?.properties?.feature?.enum ?? [];
  return ["Agent", "Appliance"].flatMap((source) =>
    features.map((feature) => ({ source, feature, health: "Healthy" })),
  );
}

const describeTrial = ({ place, tried, server, offline }: Trial): string =>
  `${place.path} = ${tried.name}: server ${server.accepted ? "accepts" : `refuses (${server.message})`}, offline ${
    offline.accepted ? "accepts" : `refuses (${offline.message})`
  }`;

/** Whether the refusal says where: at the place, at the list that it is an item of, or in the words of a CEL rule. */
function namesPlace({ place, server: { message } }: Trial): boolean {
  const path = place.path.replaceAll("[]", "[0]").replace(/\.\*$|\[0\]$/, "");
  // 1.34 puts the type of the value before the rule's words.
  const rule = /matchExpressions\[0\]: Invalid value: (?:"object": )?operators (In and NotIn|Exists and DoesNotExist) /;
  return message.includes(path) || (path.includes(".matchExpressions[0].") && rule.test(message));
}

/** Made of a string with `format: date-time`, a list passes the server's validation of types (seen in 1.37). */
function isListForTime({ place, tried }: Trial): boolean {
  return place.schema.format === "date-time" && Array.isArray(tried.value);
}

/** A number beyond `format: int32`, which 1.34 does not look at, and 1.37 does. Only counts of a status have no bound beside it. */
function isBeyondInt32({ place, tried, server }: Trial): boolean {
  // The numbers are raw JSON: JavaScript's would lose digits.
  return server.accepted && place.schema.format === "int32" && Number(JSON.stringify(tried.value)) >= 2 ** 31;
}

describe.each(KINDS)("bad values in a %s", (kind) => {
  let trials: Trial[];

  beforeAll(async () => {
    trials = [...(await tryAll(kind, "spec")), ...(await tryAll(kind, "status"))];
    const places = new Set(trials.map(({ place }) => place.path)).size;
    process.stdout.write(`${kind}: ${trials.length} values tried at ${places} places\n`);
  });

  test("what SPEC allows is accepted, everything else is refused", () => {
    const bounds = BOUNDS[kind];
    const places = [...new Set(trials.map(({ place }) => place.path))];
    const unknown = places.filter(
      (path) => (path.startsWith("spec") || /^status\.(reports|delivered)/.test(path)) && !Object.hasOwn(bounds, path),
    );
    expect(unknown, "places of which this test does not know what is allowed").toEqual([]);
    expect(Object.keys(bounds).filter((path) => !places.includes(path))).toEqual([]);
    const wrong = trials.filter((trial) => {
      const { place, tried, server } = trial;
      const bound = bounds[place.path];
      const value: unknown = tried.value === undefined ? undefined : JSON.parse(JSON.stringify(tried.value));
      return bound !== undefined && bound(value) !== server.accepted && !isListForTime(trial);
    });
    expect(wrong.map(describeTrial)).toEqual([]);
  });

  test("a refusal names the field", () => {
    const theirs = trials.filter(({ place, server }) => !server.accepted && Object.hasOwn(BOUNDS[kind], place.path));
    const silent = theirs.filter((trial) => !namesPlace(trial));
    expect(theirs.length).toBeGreaterThan(100);
    expect(silent.map(describeTrial)).toEqual([]);
  });

  test("the command line has the same verdict as the server", () => {
    const different = trials.filter(({ server, offline }) => server.accepted !== offline.accepted);
    const known = different.filter(isListForTime);
    expect(known.map(({ server }) => server.accepted)).not.toContain(false);
    const unexpected = different.filter((trial) => !known.includes(trial) && !isBeyondInt32(trial));
    expect(unexpected.map(describeTrial)).toEqual([]);
  });
});
