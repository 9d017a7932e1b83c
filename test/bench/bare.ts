import { Connection } from "./connection.ts";

/** What the benchmark tells the bare loop to do. */
export type BareCommand =
  /** Hold the watches that the controller holds, and drop what they bring. */
  | { readonly type: "attach" }
  | { readonly type: "load"; readonly writes: readonly BareWrite[] }
  | { readonly type: "write"; readonly connections: number }
  | { readonly type: "detach" };

export interface BareWrite {
  readonly path: string;
  readonly body: string;
}

/** The number of writes that the server did not accept. */
export interface BareAnswer {
  readonly refused: number;
}

const WATCHED = ["Namespace", "Appliance", "AffinityPolicy", "ProtectedVM"];
const [, , kubeconfig = "", mostConnections = ""] = process.argv;

let watches: Connection | undefined;
let writes: readonly BareWrite[] = [];
const connection = new Connection(kubeconfig, Number(mostConnections));

/** The plain loop: bodies are ready, and each of so many writers takes the next when the server has answered. */
async function write(connections: number): Promise<number> {
  let refused = 0;
  const rest = writes.values();
  const writer = async (): Promise<void> => {
    for (const { path, body } of rest) if ((await connection.put(path, body)) !== 200) refused += 1;
  };
  await Promise.all(Array.from({ length: connections }, writer));
  return refused;
}

async function obey(command: BareCommand): Promise<BareAnswer> {
  switch (command.type) {
    case "attach":
      watches = new Connection(kubeconfig, WATCHED.length);
      for (const kind of WATCHED) watches.drain(kind);
      return { refused: 0 };
    case "load":
      writes = command.writes;
      return { refused: 0 };
    case "write":
      return { refused: await write(command.connections) };
    case "detach":
      await watches?.[Symbol.asyncDispose]();
      return { refused: 0 };
  }
}

process.on("message", (command: BareCommand) => {
  void obey(command).then((answer) => process.send?.(answer));
});
process.on("disconnect", () => process.exit(0));
