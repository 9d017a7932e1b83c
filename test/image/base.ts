import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Say, spell } from "../cluster/say.ts";
import { build, buildah } from "./buildah.ts";

const NAME = "localhost/tandem-test-base";
const AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";

/**
 * The tag of an image that does for `node:24-bookworm-slim` where none can be pulled: Debian by mmdebstrap, with this
 * process's Node, and the machine's npm and authorities. It is made once (half a minute) and kept in the user's cache.
 */
export async function baseImage(say: Say): Promise<string> {
  const npm = dirname(dirname(realpathSync(execFileSync("sh", ["-c", "command -v npm"], { encoding: "utf8" }).trim())));
  const { version } = JSON.parse(readFileSync(join(npm, "package.json"), "utf8")) as { version: string };
  const authorities = process.env.NODE_EXTRA_CA_CERTS;
  const dockerfile = [
    "FROM scratch",
    "ADD base.tar /",
    "COPY node /usr/local/bin/node",
    "COPY npm /usr/local/lib/node_modules/npm",
    "RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm",
    ...(authorities === undefined ? [] : [`COPY ca.crt ${AUTHORITIES}`, `ENV NODE_EXTRA_CA_CERTS=${AUTHORITIES}`]),
  ].join("\n");
  const key = createHash("sha256").update(`${dockerfile} ${process.version} ${process.arch} ${version}`);
  if (authorities !== undefined) key.update(readFileSync(authorities));
  const tag = `${NAME}:${key.digest("hex").slice(0, 16)}`;
  if ((await buildah("images", "--quiet", "--filter", `reference=${tag}`)) !== "") return tag;

  say("Making a base image of Debian and Node, once for this machine");
  say("  usually takes half a minute");
  const started = performance.now();
  const context = mkdtempSync(join(tmpdir(), "tandem-base-"));
  try {
    // What mmdebstrap says goes where the tests' own output goes: it fails for want of a network, mostly.
    const args = ["--quiet", "--variant=essential", "--include=libstdc++6", "bookworm", join(context, "base.tar")];
    execFileSync("mmdebstrap", args, { stdio: ["ignore", "inherit", "inherit"] });
    copyFileSync(process.execPath, join(context, "node"));
    cpSync(npm, join(context, "npm"), { recursive: true });
    if (authorities !== undefined) copyFileSync(authorities, join(context, "ca.crt"));
    writeFileSync(join(context, "Dockerfile"), dockerfile);
    await build(context, tag);
    // Two runs at once both make it, and the first one's loses its name.
    await buildah("rmi", "--prune");
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
  say(`  made in ${spell(performance.now() - started)}`);
  return tag;
}
