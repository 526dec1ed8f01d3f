import { describe, expect, it } from 'vitest'
import { storyOf, type Tap } from './story-rules.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 2, 1, 8, minute))
const tap = (counter: number, minute: number, balanceBefore: number | null, amount = 200): Tap => ({
  at: at(minute),
  counter,
  amount,
  price: amount,
  balanceBefore,
  acquirer: '样例',
  service: 1,
  passage: 0,
  terminal: '581000000001',
  file: 'CD',
  line: counter
})

describe('a card’s story', () => {
  it.each([
    ['one tap follows the other', [tap(5, 1, 1000), tap(6, 2, 800)], [], 600, 'tap', true],
    ['whatever order they came in', [tap(6, 2, 800), tap(5, 1, 1000)], [], 600, 'tap', true],
    [
      'a load of ours between them is known',
      [tap(5, 1, 1000), tap(6, 9, 5800)],
      [{ at: at(4), amount: 5000, balanceAfter: 5800 }],
      5600,
      'tap',
      true
    ],
    [
      'a load after them counts',
      [tap(5, 1, 1000)],
      [{ at: at(4), amount: 5000, balanceAfter: 5800 }],
      5800,
      'load',
      true
    ],
    [
      'a load that ends otherwise than expected is a gap',
      [tap(5, 1, 1000)],
      [{ at: at(4), amount: 5000, balanceAfter: 9000 }],
      9000,
      'load',
      false
    ],
    ['loads alone say it too', [], [{ at: at(4), amount: 5000, balanceAfter: 9000 }], 9000, 'load', true],
    ['a load elsewhere is a gap', [tap(5, 1, 1000), tap(6, 9, 5800)], [], 5600, 'tap', false],
    ['a missing tap is a gap', [tap(5, 1, 1000), tap(7, 9, 800)], [], 600, 'tap', false]
  ] as const)('%s', (_name, taps, loads, ...balance) => {
    const [fen, restsOn, unbroken] = balance
    expect(storyOf(taps, loads).balance).toMatchObject({ fen, restsOn, unbroken })
  })

  it('says nothing of a balance that no file told', () => {
    expect(storyOf([], []).balance).toBeNull()
    expect(storyOf([tap(1, 1, null)], []).balance).toBeNull()
  })
})
