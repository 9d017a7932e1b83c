import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";

export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

/** Milliseconds between two looks whether the files have changed. */
const LOOK_EVERY = 5_000;

/** `tls.crt` and `tls.key` of a directory, as a Secret is mounted: both are exchanged together, now and then. */
export class CertificateFiles {
  readonly #directory: string;
  #changedAt = 0;
  #lookedAt = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Throws if one of them cannot be read, or they do not belong together. */
  async read(): Promise<CertificatePair> {
    // Before the contents: what is written in between is seen as a change the next time.
    const modified = await this.#modified();
    this.#lookedAt = performance.now();
    const [cert, key] = await Promise.all([
      readFile(this.#path("tls.crt"), "utf8"),
      readFile(this.#path("tls.key"), "utf8"),
    ]);
    this.#changedAt = modified;
    // Node itself would take an empty key, and then fail every handshake.
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
      throw new Error(`the key in ${this.#path("tls.key")} is not that of the certificate in tls.crt`);
    return { cert, key };
  }

  /** The pair, if it is another one than was read last; looks every few seconds at most. */
  async changed(): Promise<CertificatePair | undefined> {
    if (performance.now() - this.#lookedAt < LOOK_EVERY) return undefined;
    this.#lookedAt = performance.now();
    return (await this.#modified()) === this.#changedAt ? undefined : await this.read();
  }

  async #modified(): Promise<number> {
    const times = await Promise.all(["tls.crt", "tls.key"].map(async (name) => (await stat(this.#path(name))).mtimeMs));
    return times.reduce((sum, time) => sum + time, 0);
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}
