/*
 * What sharding by namespace would do, simulated: `node test/scale/run.ts [SEED]` prints the tables that docs/scale.md quotes
 * (seed 1). It takes a second, needs nothing, and always says the same for a seed.
 */
import { simulation } from "./simulation.ts";

const [, , seed = "1"] = process.argv;
process.stdout.write(`${simulation(Number(seed))}\n`);
