// A small seeded generator (xoshiro128**), so that the same seed makes the same bytes on every machine. Not for keys.

export interface Random {
  /** A whole number from 0 up to, not including, `bound` (at most 2³²). */
  below(bound: number): number
  /** True with this probability. */
  chance(probability: number): boolean
}

export function seededRandom(seed: number): Random {
  let mixed = seed | 0
  // splitmix32 spreads the seed over the state.
  const spread = (): number => {
    mixed = (mixed + 0x9e3779b9) | 0
    let word = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97)
    return word ^ (word >>> 15)
  }
  let a = spread()
  let b = spread()
  let c = spread()
  let d = spread()
  const next = (): number => {
    const rotated = Math.imul(b, 5)
    const result = Math.imul((rotated << 7) | (rotated >>> 25), 9)
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    return result >>> 0
  }
  return {
    // The bias of scaling instead of rejecting is far below what any test could see.
    below: (bound) => Math.floor((next() / 4_294_967_296) * bound),
    chance: (probability) => next() < probability * 4_294_967_296
  }
}
