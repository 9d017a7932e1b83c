import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Schema } from "../../../src/api/crd.ts";
import { judgeOf } from "../../../src/api/validate/cel.ts";
import { useCluster } from "../fixture.ts";
import { RULE_CASES, type RuleCase } from "./cel-rules.ts";

const { admin } = useCluster();
const GROUP = "cel.tandem.test";
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
/** Rules of one CRD: of all together the server would say that they cost too much. */
const PER_CRD = 12;

/** What a CRD of some rules is called: its kind, and the field that each of its rules is a rule of. */
interface Batch {
  readonly kind: string;
  readonly cases: readonly RuleCase[];
}

// The others may be refused by an older server.
const judgedCases = RULE_CASES.filter(([schema, rule]) => judgeOf(rule, schema) !== undefined);
const batches: Batch[] = [];
for (let start = 0; start < judgedCases.length; start += PER_CRD) {
  batches.push({ kind: `Batch${batches.length}`, cases: judgedCases.slice(start, start + PER_CRD) });
}

function crdOf({ kind, cases }: Batch): object {
  const plural = `${kind.toLowerCase()}s`;
  const properties: Record<string, Schema> = {};
  cases.forEach(([schema, rule], index) => {
    properties[`f${index}`] = { ...schema, "x-kubernetes-validations": [{ rule, message: "broken" }] };
  });
  const openAPIV3Schema = { type: "object", properties: { spec: { type: "object", properties } } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Cluster",
      names: { plural, kind },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}

const pathOf = ({ kind }: Batch): string => `/apis/${GROUP}/v1/${kind.toLowerCase()}s`;

beforeAll(async () => {
  for (const batch of batches) {
    const { status, body } = await admin.request({ method: "POST", path: CRDS, body: crdOf(batch) });
    expect(status, JSON.stringify(body)).toBe(201);
  }
  for (const batch of batches) {
    // The server takes a moment to serve a new kind.
    for (let tries = 0; (await admin.request({ method: "GET", path: pathOf(batch) })).status !== 200; tries++) {
      expect(tries).toBeLessThan(100);
      await sleep(100);
    }
  }
});

afterAll(async () => {
  for (const { kind } of batches) {
    await admin.request({ method: "DELETE", path: `${CRDS}/${kind.toLowerCase()}s.${GROUP}` });
  }
});

async function serverAccepts(batch: Batch, field: string, value: unknown): Promise<boolean> {
  const body = { apiVersion: `${GROUP}/v1`, kind: batch.kind, metadata: { name: "a" }, spec: { [field]: value } };
  const query = { dryRun: "All", fieldValidation: "Strict" };
  const answer = await admin.request({ method: "POST", path: pathOf(batch), query, body });
  expect([201, 422], JSON.stringify(answer.body)).toContain(answer.status);
  return answer.status === 201;
}

test("a rule that is judged at all is judged as the server does, but for the order of rare characters", async () => {
  const different: string[] = [];
  let values = 0;
  for (const batch of batches) {
    for (const [index, [schema, rule, tried]] of batch.cases.entries()) {
      const judge = judgeOf(rule, schema);
      for (const value of tried) {
        values++;
        const server = await serverAccepts(batch, `f${index}`, value);
        if (judge?.(value) !== server) different.push(`${rule} of ${JSON.stringify(value)}: server ${server}`);
      }
    }
  }
  process.stdout.write(`${judgedCases.length} of ${RULE_CASES.length} rules judged, with ${values} values\n`);
  expect(judgedCases.length).toBeGreaterThan(50);
  expect(different).toEqual(['self.a < self.b of {"a":"\uffff","b":"🖥"}: server true']);
});

test("what is not judged is what judgeOf says", async () => {
  const others = RULE_CASES.filter((one) => !judgedCases.includes(one)).map(([, rule]) => rule);
  await expect(`${others.join("\n")}\n`).toMatchFileSnapshot("unjudged-rules.txt");
});
