import { enableCompileCache } from "node:module";

// Keeps what Node compiles of the sources for the next start, which then takes half the time.
enableCompileCache();
const [{ processIo }, { run }] = await Promise.all([import("./cli/io.ts"), import("./cli/program.ts")]);

// Not process.exit: it would cut off what is still on its way into a pipe.
process.exitCode = await run(process.argv.slice(2), processIo());
