import type { Problem } from "../../api/manifest/index.ts";
import { UsageError } from "../exit.ts";
import type { Io } from "../io.ts";
import { carriedOver, laidOver, withNamespacesOf } from "./compose.ts";
import type { Estate, EstateBuilder } from "./estate.ts";
import { Reader } from "./read.ts";
import { parseSource, type Source } from "./source.ts";

export interface SidesOptions {
  /** A SOURCE: a path, `-`, `git:REVISION`, `cluster`, `cluster:CONTEXT`. */
  readonly from?: string;
  readonly to?: string;
  /** Short for `--from git:REVISION`. */
  readonly fromGit?: string;
  /** The files of the side that is not named, and what is read of Git revisions (default: the present folder). */
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  /** For VMs that name none. */
  readonly namespace: string;
  /** Of a `cluster` without a context. */
  readonly context?: string;
  readonly kubeconfig?: string;
  /** SOURCEs of objects that are on both sides; an object of a side wins over them, and an earlier one over a later. */
  readonly with?: readonly string[];
  /** B is laid over A, as `kubectl apply` would: what B does not name stays. */
  readonly apply?: boolean;
}

/** The two estates that `plan` and `diff` compare: what is replaced, and what replaces it. */
export interface Sides {
  readonly from: Estate;
  readonly to: Estate;
  /** Everything that is wrong with what was read; if there is anything, the sides are not to be used. */
  readonly problems: readonly Problem[];
}

/**
 * Reads both sides, each source once.
 * - A namespace of a cluster is on the other side too, unless that names it: files seldom hold namespaces.
 * - An object of `to` without a status has the one of `from`.
 * - A path that is read of both sides may be absent from one of them: a pull request may add or delete it.
 * @throws {UsageError} if it is not clear what is to be compared, or there is nothing to read it from
 */
export async function readSides(options: SidesOptions, io: Io): Promise<Sides> {
  const { from, to, others } = sourcesOf(options);
  const { recursive, namespace, kubeconfig } = options;
  const reader = new Reader({ recursive, namespace, kubeconfig, several: true }, io);
  let a = await reader.read(from);
  let b = await reader.read(to);
  const read = new Set([a, b]);
  const allowed = absentPaths([from, a], [to, b]);
  const problems = [...a.problems, ...b.problems].filter(({ absent }) => !(absent && allowed.has(absent.path)));
  const shared: EstateBuilder[] = [];
  for (const source of others) {
    const estate = await reader.read(source);
    shared.push(estate);
    if (!read.has(estate)) problems.push(...estate.problems);
    read.add(estate);
  }
  if (problems.length === 0 && a.objects.length === 0 && b.objects.length === 0) {
    throw new UsageError("neither side has a ProtectedVM, AffinityPolicy or Appliance of tandem.dev/v1alpha1");
  }
  for (const under of shared) {
    a = laidOver(a, under);
    b = laidOver(b, under);
  }
  if (options.apply === true) b = laidOver(b, a);
  if (from.type === "cluster") b = withNamespacesOf(a, b);
  if (to.type === "cluster") a = withNamespacesOf(b, a);
  return { from: a, to: carriedOver(b, a), problems };
}

/** The paths that need hold nothing: empty folders, and what one side lacks of the paths that both are asked for. */
function absentPaths(...sides: readonly (readonly [Source, EstateBuilder])[]): Set<string> {
  const allowed = new Set<string>();
  const missing = new Map<string, number>();
  for (const { absent } of sides.flatMap(([, { problems }]) => problems)) {
    if (absent?.type === "empty folder") allowed.add(absent.path);
    else if (absent !== undefined) missing.set(absent.path, (missing.get(absent.path) ?? 0) + 1);
  }
  const isAskedOfAll = (path: string) =>
    sides.every(([source]) => source.type !== "cluster" && source.paths.includes(path));
  for (const [path, times] of missing) if (times < sides.length && isAskedOfAll(path)) allowed.add(path);
  return allowed;
}

interface Sources {
  readonly from: Source;
  readonly to: Source;
  readonly others: readonly Source[];
}

const WAYS = `name two sides:
  --from-git origin/main [-f PATH]    a folder at a Git revision, and as it is now
  --from cluster -f PATH              a cluster, and files
  --from SOURCE --to SOURCE           each a path, -, git:REVISION, cluster or cluster:CONTEXT`;

function sourcesOf(options: SidesOptions): Sources {
  const { fromGit, context, kubeconfig, filename = [] } = options;
  if (options.from !== undefined && fromGit !== undefined) {
    throw new UsageError("--from and --from-git both name what is replaced; give one");
  }
  const paths = filename.length > 0 ? filename : ["."];
  const parse = (text: string | undefined): Source | undefined =>
    text === undefined ? undefined : parseSource(text, paths, context);
  const from = parse(fromGit === undefined ? options.from : `git:${fromGit}`);
  const to = parse(options.to);
  const others = (options.with ?? []).map((text) => parseSource(text, paths, context));
  const named = [from, to].filter((source) => source !== undefined);
  const git = named.some(({ type }) => type === "git");
  if (named.length === 0) throw new UsageError(WAYS);
  if (named.length === 1 && filename.length === 0 && !git) {
    throw new UsageError(`${from === undefined ? "--from" : "--to"} is missing, or -f PATH for that side`);
  }
  if (named.length === 2 && filename.length > 0 && !git) {
    throw new UsageError("-f names the files of a side, and both sides are named; leave it out, or --from or --to");
  }
  const files: Source = { type: "files", paths };
  const sides = { from: from ?? files, to: to ?? files, others };
  const all = [sides.from, sides.to, ...others];
  if ((context ?? kubeconfig) !== undefined && !all.some(({ type }) => type === "cluster")) {
    throw new UsageError(`no side is a cluster; name one: --from cluster, or --from cluster:${context ?? "CONTEXT"}`);
  }
  if (JSON.stringify(sides.from) === JSON.stringify(sides.to)) throw new UsageError("both sides are the same");
  const stdin = all.flatMap((source) => (source.type === "files" ? source.paths : [])).filter((path) => path === "-");
  if (stdin.length > 1) throw new UsageError("standard input (-) can be read only once");
  return sides;
}
