// Vitest's setup file: KARTOTEKA_SEED makes every property test draw the same cases, so that two runs of the same tree agree.
// Without it each run draws others, and a failure prints its seed.
import fc from 'fast-check';

const seed = process.env.KARTOTEKA_SEED;
if (seed !== undefined && seed !== '') {
  if (!/^-?\d{1,10}$/.test(seed)) throw new Error(`KARTOTEKA_SEED is not a whole number: ${seed}`);
  fc.configureGlobal({ seed: Number(seed) });
}
