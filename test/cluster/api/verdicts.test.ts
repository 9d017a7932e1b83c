import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { formatProblem, readText, SourceText } from "../../../src/api/manifest/index.ts";
import { check } from "../../../src/api/validate/index.ts";
import { tandem } from "../../cli/run.ts";
import { useCluster } from "../fixture.ts";
import { collectionPath } from "../kinds.ts";
import { fullObjects } from "./documents.ts";
import { mutants, type Odd, oddities } from "./odd-documents.ts";
import { eightAtATime, type Tandem } from "./support.ts";

/** Beside the oddities, of which there are 1,500. */
const MUTANTS = 1_000;
const SEED = 20_260_131;

const { admin, namespace } = useCluster();

/** What one document led to; no message: accepted. */
interface Trial {
  readonly odd: Odd;
  readonly server: string | undefined;
  readonly offline: string | undefined;
}

interface Difference {
  readonly name: string;
  readonly why: string;
  /** Whether the server is the one that accepts. */
  readonly serverAccepts: boolean;
  of(odd: Odd): boolean;
}

const KNOWN: readonly Difference[] = [
  {
    name: "a name that the server makes",
    why: "nobody knows it before: a plan or a rendered status would have to name what is not there yet",
    serverAccepts: true,
    of: ({ name }) => name.endsWith(": no name but generateName"),
  },
  {
    name: "a bad status at creation",
    why: "the server drops a status at creation without a look at it; Tandem reads it, and a PUT of it is refused",
    serverAccepts: true,
    of: ({ name }) => name.includes(": status "),
  },
  {
    name: "a time in metadata that only Go reads",
    why: "one digit for the hour, or a comma: no RFC 3339, and no other program takes it",
    serverAccepts: true,
    of: ({ name }) => /: (creation|deletion)Timestamp "2026-01-31T(1:00:00Z|12:00:00,5Z)"$/.test(name),
  },
  {
    name: "a generation or finalizers that a Namespace cannot have",
    why: "of a Namespace Tandem reads the name and the labels",
    serverAccepts: false,
    of: ({ name }) => /^Namespace: (generation -1|finalizers \["[ax]"\])$/.test(name),
  },
];

async function askServer({ kind, document }: Odd): Promise<string | undefined> {
  const path = collectionPath(kind, namespace);
  const query = { dryRun: "All", fieldValidation: "Strict" };
  const { status, body } = await admin.request({ method: "POST", path, query, body: document });
  const { message = "" } = body as { message?: string };
  // 400: not even an object of the kind; 422: not a valid one. Anything else is no verdict.
  expect([201, 400, 422], message).toContain(status);
  return status === 201 ? undefined : message;
}

function askOffline({ document }: Odd): string | undefined {
  const { manifests, problems } = readText(new SourceText("odd.json", JSON.stringify(document)));
  const found = manifests.flatMap((manifest) => {
    const checked = check(manifest);
    expect(checked.type).not.toBe("other");
    return checked.type === "invalid" ? checked.problems : [];
  });
  const all = [...problems, ...found].map(formatProblem);
  return all.length === 0 ? undefined : all.join("; ");
}

const describeTrial = ({ odd, server, offline }: Trial): string =>
  `${odd.name}: the server ${server === undefined ? "accepts" : `refuses (${server})`}, offline ${
    offline === undefined ? "accepts" : `refuses (${offline})`
  }`;

const trials: Trial[] = [];
let different: Trial[];

beforeAll(async () => {
  const documents = [...oddities(namespace), ...fc.sample(mutants(namespace), { seed: SEED, numRuns: MUTANTS })];
  await eightAtATime(documents, async (odd) => {
    trials.push({ odd, server: await askServer(odd), offline: askOffline(odd) });
  });
  different = trials.filter(({ server, offline }) => (server === undefined) !== (offline === undefined));
  const accepted = trials.filter(({ server }) => server === undefined).length;
  process.stdout.write(`${trials.length} documents, of which the server accepts ${accepted}\n`);
});

test("validate has the server's verdict on every document, but for the known differences", () => {
  const unknown = different.filter(({ odd }) => !KNOWN.some((known) => known.of(odd)));
  expect(unknown.map(describeTrial)).toEqual([]);
});

test.each(KNOWN.map((known) => [known.name, known] as const))("%s is still judged otherwise", (_, known) => {
  const found = different.filter(({ odd }) => known.of(odd));
  expect(found.length).toBeGreaterThan(0);
  const others = found.filter(({ server }) => (server === undefined) !== known.serverAccepts);
  expect(others.map(describeTrial), known.why).toEqual([]);
});

test("there is something to accept and something to refuse in each kind", () => {
  for (const kind of ["ProtectedVM", "AffinityPolicy", "Appliance", "Namespace"]) {
    const own = trials.filter(({ odd }) => odd.kind === kind);
    const accepted = own.filter(({ server }) => server === undefined).length;
    expect(accepted, kind).toBeGreaterThan(80);
    expect(own.length - accepted, kind).toBeGreaterThan(200);
  }
});

test("what a cluster holds is valid", async () => {
  for (const { status: _, ...object } of Object.values(fullObjects(namespace))) await admin.create(object as Tandem);
  const { code, out, err } = await tandem(["validate", "--kubeconfig", admin.kubeconfig]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^\d+ valid, 0 invalid\n$/);
});
