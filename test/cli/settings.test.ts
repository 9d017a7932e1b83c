import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { settle } from "../../src/cli/settings/settle.ts";
import { SETTINGS, variableOf } from "../../src/cli/settings/table.ts";

const folder = mkdtempSync(join(tmpdir(), "tandem-settings-"));
afterAll(() => rmSync(folder, { recursive: true }));
const FILE = join(folder, "tandem.yaml");

type Texts = Readonly<Record<string, string>>;
const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
const flags = (given: Texts) => Object.fromEntries(Object.entries(given).map(([k, v]) => [camel(k), v]));
const variables = (given: Texts) => Object.fromEntries(Object.entries(given).map(([k, v]) => [variableOf(k), v]));

async function problems(given: Texts, env: Texts = {}): Promise<string[]> {
  try {
    await settle(flags(given), env);
    return [];
  } catch (error) {
    return String(error instanceof Error ? error.message : error).split("\n");
  }
}

test("nothing given: the defaults", async () => {
  expect(
    await settle({}, { TANDEM_TEST_X: "1", TANDEM_WEB_SERVICE_HOST: "10.0.0.1", TANDEM_PORT_80_TCP_ADDR: "x" }),
  ).toEqual({
    serviceAccountDir: "/var/run/secrets/kubernetes.io/serviceaccount",
    managerVersion: "20.0",
    concurrency: 8,
    relistIntervalMs: 600_000,
    watchSilenceMs: 40_000,
    events: true,
    once: false,
    dryRun: false,
    leaderElect: true,
    leaseName: "tandem-controller",
    leaseDurationMs: 15_000,
    leaseRenewDeadlineMs: 10_000,
    leaseRetryPeriodMs: 2_000,
    logLevel: "info",
  });
  expect(await settle({ dryRun: true }, {})).toMatchObject({ dryRun: true, leaderElect: false, events: false });
});

const texts: Texts = {
  context: "a,b",
  concurrency: "3,4",
  "log-level": "warn,debug",
  once: "true,false",
  "relist-interval": "90s,1h30m",
};
const MS: Record<string, number> = { "90s": 90_000, "1h30m": 5_400_000 };
const json = (text: string): unknown => (/^(?:\d+|true|false)$/.test(text) ? JSON.parse(text) : text);

test("for any settings anywhere: flag, then environment, then file, then default", async () => {
  const some = fc.record(
    Object.fromEntries(Object.entries(texts).map(([name, all]) => [name, fc.constantFrom(...all.split(","))])),
    { requiredKeys: [] },
  ) as fc.Arbitrary<Texts>;
  await fc.assert(
    fc.asyncProperty(some, some, some, async (flag, env, file) => {
      writeFileSync(FILE, JSON.stringify(Object.fromEntries(Object.entries(file).map(([k, v]) => [k, json(v)]))));
      const got = (await settle(flags({ ...flag, config: FILE }), variables(env))) as unknown as Record<
        string,
        unknown
      >;
      const standard = { concurrency: "8", "log-level": "info", once: "false", "relist-interval": "10m" };
      for (const [name, text] of Object.entries({ ...standard, ...file, ...env, ...flag })) {
        const key = name === "relist-interval" ? "relistIntervalMs" : camel(name);
        expect(got[key]).toEqual(text === "10m" ? 600_000 : (MS[text] ?? json(text)));
      }
    }),
    { numRuns: 200 },
  );
});

const bounds: [string, string[], string[]][] = [
  ["concurrency", ["1", "64"], ["0", "65", "1.5", "", "0x1"]],
  ["relist-interval", ["1s", "24h"], ["0", "0s", "999ms", "24h1s", "10"]],
  ["watch-silence", ["1s", "45s"], ["999ms", "46s", "-1s"]],
  ["lease-duration", ["11s", "1h"], ["15500ms", "1h1s"]],
  ["lease-renew-deadline", ["2401ms", "14999ms"], ["2400ms", "15s"]],
  ["lease-retry-period", ["10ms", "8333ms"], ["9ms", "8334ms"]],
  [
    "metrics-bind",
    ["off", "127.0.0.1:8080", "[::1]:8080", "localhost:0"],
    [":8080", "0.0.0.0:1", "x:1", "[::1]:65536"],
  ],
  ["manager-version", ["9.6"], ["9.5", "v20"]],
  ["lease-name", ["a"], ["A", "a".repeat(64)]],
  ["kubeconfig", ["a"], ["", "a\nb"]],
];

test.for(bounds)("bounds of %s", async ([name, good, bad]) => {
  for (const text of good) expect(await problems({ [name]: text }), text).toEqual([]);
  for (const text of bad) expect(await problems({ [name]: text }), text).toHaveLength(1);
});

test("contradictions", async () => {
  for (const given of [
    { "leader-elect": "false", "lease-name": "x" },
    { "dry-run": "true", "leader-elect": "true" },
    { "dry-run": "true", events: "true" },
    { "metrics-cert-dir": "/c" },
    { "metrics-cert-dir": "/c", "metrics-bind": "127.0.0.1:1" },
    { "probe-bind": ":8080", "metrics-bind": "127.0.0.1:8080" },
  ] as Texts[]) {
    expect(await problems(given), JSON.stringify(given)).toHaveLength(1);
  }
});

test("every problem of flags, environment and file at once, with its place", async () => {
  writeFileSync(
    FILE,
    "concurrency: 65\nlog-levl: info\nmanager-version: 20.0\nprobe-bind: off\nonce: true\nonce: true\n",
  );
  expect(await problems({ config: FILE, "log-format": "xml" }, { TANDEM_LEASE_NAM: "x", TANDEM_ONCE: "" })).toEqual([
    '--log-format: "xml" is not allowed; allowed: json, pretty',
    'the environment variable "TANDEM_LEASE_NAM" is not known; did you mean "TANDEM_LEASE_NAME"?',
    `${FILE}:6:1: once: stands there twice`,
    `${FILE}:1:14: concurrency: "65" is not allowed; a whole number from 1 to 64 is needed`,
    `${FILE}:2:1: the setting "log-levl" is not known; did you mean "log-level"?`,
    `${FILE}:3:18: manager-version: 20 is a number; write it in quotes`,
  ]);
});

test("hostile values: one short line each, nothing that a terminal obeys", { timeout: 60_000 }, async () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("\u001b[2J", "9".repeat(2 ** 20), "\n".repeat(2 ** 20), "1h".repeat(2 ** 19)),
  );
  const name = fc.constantFrom(...SETTINGS.map((setting) => setting.name));
  await fc.assert(
    fc.asyncProperty(name, hostile, async (setting, text) => {
      const lines = await problems({ [setting]: text }, { [`TANDEM_X${text.slice(0, 200)}`]: "1" });
      expect(lines.length).toBeLessThanOrEqual(3);
      for (const line of lines) {
        expect(line.length).toBeLessThan(5_000);
        expect(line).not.toMatch(/\p{Cc}/u);
      }
    }),
    { numRuns: 500 },
  );
});
