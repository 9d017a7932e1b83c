/** What a campaign is to do, by the environment: one seed to replay; or where to begin, how many seeds and seconds at most. */
export function settings(defaults: { base: number; seeds: number; seconds: number }): typeof defaults {
  const {
    TANDEM_TEST_SIMULATION_SEED: seed,
    TANDEM_TEST_SIMULATION_BASE: base,
    TANDEM_TEST_SIMULATION_SEEDS: seeds,
    TANDEM_TEST_SIMULATION_SECONDS: seconds,
  } = process.env;
  return {
    base: Number(seed ?? base ?? defaults.base),
    seeds: seed === undefined ? Number(seeds ?? defaults.seeds) : 1,
    seconds: Number(seconds ?? defaults.seconds),
  };
}
