import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { selfSigned } from "./self-signed.ts";
import { answerOn, Served } from "./serving.ts";

const ROUTES = { "/a": () => ({ status: 200, body: "yes\n" }) };
/** Milliseconds after which a look at the files is due. */
const A_WHILE = 6_000;

let directory: string;
let first: ReturnType<typeof selfSigned>;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  directory = await mkdtemp(join(tmpdir(), "tandem-tls-"));
  first = selfSigned();
  await put(first);
});

afterEach(async () => {
  vi.useRealTimers();
  await rm(directory, { recursive: true });
});

async function put({ cert, key }: { cert?: string; key?: string }): Promise<void> {
  if (cert !== undefined) await writeFile(join(directory, "tls.crt"), cert);
  if (key !== undefined) await writeFile(join(directory, "tls.key"), key);
}

const start = () => Served.start(ROUTES, { certDir: directory });

/** Asks once; resolves with the whole answer, and the certificate that was shown. */
async function ask({ port }: Served): Promise<{ answer: string; cert: string }> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const cert = `${socket.getPeerX509Certificate()?.toString()}`;
  socket.end("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  return { answer: await answerOn(socket), cert };
}

/** Asks until the server shows that certificate. */
async function shows(served: Served, { cert }: { cert: string }): Promise<void> {
  await expect.poll(async () => (await ask(served)).cert.trim(), { timeout: 5_000 }).toBe(cert.trim());
}

/** Asks until the owner has been told that something is wrong. */
async function complains(served: Served): Promise<void> {
  const errors = async () => {
    await ask(served);
    return served.errors.length;
  };
  await expect.poll(errors, { timeout: 5_000 }).toBeGreaterThan(0);
}

test("with a certificate it speaks TLS, and nothing else", async () => {
  await using served = await start();
  expect(await ask(served)).toEqual({ answer: expect.stringMatching(/^HTTP\/1.1 200 /), cert: first.cert });
  expect(await served.exchange("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")).not.toMatch(/ 200 /);
  expect((await ask(served)).answer).toMatch(/ 200 /);
});

test("a certificate that cannot be read, or a key that is another's, is an error at the start", async () => {
  await put({ key: selfSigned().key });
  await expect(start()).rejects.toThrow();
  await rm(join(directory, "tls.crt"));
  await expect(start()).rejects.toThrow(/tls\.crt/);
});

test("a pair that is exchanged is shown within seconds, without a restart", async () => {
  await using served = await start();
  const second = selfSigned();
  await put(second);
  expect((await ask(served)).cert, "nobody has looked yet").toBe(first.cert);
  vi.advanceTimersByTime(A_WHILE);
  await shows(served, second);
  expect(served.errors).toEqual([]);
});

test("while a pair is rubbish, half-written or does not match, the last good one is shown and the owner is told", async () => {
  await using served = await start();
  const second = selfSigned();
  for (const bad of [{ cert: "rubbish" }, { cert: second.cert.slice(0, 200) }, { cert: second.cert }, { key: "" }]) {
    await put(first);
    await put(bad);
    vi.advanceTimersByTime(A_WHILE);
    await complains(served);
    expect(await ask(served)).toEqual({ answer: expect.stringMatching(/ 200 /), cert: first.cert });
    served.errors.length = 0;
  }
  await put(second);
  vi.advanceTimersByTime(A_WHILE);
  await shows(served, second);
});

test("a new pair that cannot be read at first is taken when it can", async () => {
  await using served = await start();
  const second = selfSigned();
  await put(second);
  // Not by its mode: who is root may read everything.
  await rm(join(directory, "tls.key"));
  vi.advanceTimersByTime(A_WHILE);
  await complains(served);
  await put(second);
  vi.advanceTimersByTime(A_WHILE);
  await shows(served, second);
});

test("it ends at once while a handshake hangs", async () => {
  const served = await start();
  const silent = await served.socket();
  const begun = await served.socket(Buffer.from("1603010200010001fc0303", "hex"));
  const ended = served.end();
  const late = new Promise((resolve) => setTimeout(resolve, 2_000, "late"));
  expect(await Promise.race([ended.then(() => "ended"), late])).toBe("ended");
  await Promise.all([silent, begun].map(answerOn));
});
