// Numbers that depend on a seed alone, so that whatever was drawn can be drawn again.

export interface Random {
  /** Of 0 .. below - 1. */
  nat(below: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** Some of them, in order; each with this probability. */
  some<T>(from: readonly T[], probability: number): readonly T[];
  /** How many: `least` .. `most`. */
  times<T>(least: number, most: number, make: (n: number) => T): readonly T[];
}

/** Mulberry32. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const nat = (below: number): number => Math.floor(next() * below);
  return {
    nat,
    chance: (probability) => next() < probability,
    pick: (from) => {
      const found = from[nat(from.length)];
      if (found === undefined) throw new Error('nothing to pick from');
      return found;
    },
    some: (from, probability) => from.filter(() => next() < probability),
    times: (least, most, make) => Array.from({ length: least + nat(most - least + 1) }, (_, n) => make(n)),
  };
}
