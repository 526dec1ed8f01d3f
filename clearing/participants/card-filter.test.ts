import { describe, expect, it } from 'vitest'
import { buildCardFilter, openCardFilter } from './card-filter.ts'

function numbersOf(count: number, from: bigint, step: bigint): Uint8Array {
  const bytes = new Uint8Array(count * 8)
  const view = new DataView(bytes.buffer)
  for (let n = 0; n < count; n++) view.setBigUint64(n * 8, from + BigInt(n) * step)
  return bytes
}

const first = 3104870300000000001n

describe('a card filter', () => {
  it.each([0, 1, 2, 3, 10, 1000, 50_000])('finds each of %i cards, in both widths', (count) => {
    for (const bits of [8, 16] as const) {
      const numbers = numbersOf(count, first, 7n)
      const filter = openCardFilter(buildCardFilter(numbers, bits))
      const view = new DataView(numbers.buffer)
      let found = 0
      for (let n = 0; n < count; n++) if (filter.has(view.getUint32(8 * n), view.getUint32(8 * n + 4))) found++
      expect([filter.cards, found]).toEqual([count, count])
    }
  })

  it('mistakes others about as seldom as it says', () => {
    const numbers = numbersOf(20_000, first, 7n)
    for (const [bits, most] of [
      [8, 1 / 200],
      [16, 1 / 20_000]
    ] as const) {
      const bytes = buildCardFilter(numbers, bits)
      const filter = openCardFilter(bytes)
      let wrong = 0
      for (let n = 0n; n < 200_000n; n++) {
        const other = first + 3n + n * 7n
        if (filter.has(Number(other >> 32n), Number(other & 0xffffffffn))) wrong++
      }
      expect(wrong / 200_000).toBeLessThan(most)
      expect(bytes.length).toBeLessThan((20_000 * bits * 1.35) / 8)
    }
  })

  it('is the same bytes for the same cards, and says when it is not whole, or a card is there twice', () => {
    const numbers = numbersOf(1000, first, 1n)
    const bytes = buildCardFilter(numbers, 16)
    expect(buildCardFilter(numbers, 16)).toEqual(bytes)
    expect(() => openCardFilter(bytes.subarray(0, 100))).toThrow('not whole')
    expect(() => openCardFilter(new Uint8Array(30))).toThrow('no card filter')
    expect(() => buildCardFilter(numbersOf(2, first, 0n), 16)).toThrow('twice')
  })
})
