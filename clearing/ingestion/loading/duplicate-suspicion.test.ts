import { expect, it } from 'vitest'
import { createTransactionBatch } from '../transaction-batch.ts'
import { anyChunk, suspectDuplicates } from './duplicate-suspicion.ts'

const batch = createTransactionBatch(1)
batch.hasProof = true

/** One row after the other, as [card, counter, terminal, terminal counter, day]. */
function suspicions(rows: readonly (readonly number[])[], chunkOf: (row: number) => number = () => 0): unknown[] {
  const suspicion = suspectDuplicates(rows.length)
  return rows.map(([card, counter, terminal, terminalCounter, day = 1], row) => {
    batch.cardNumberWords[0] = card!
    batch.cardSequence[0] = counter!
    batch.terminalNumberWords[0] = terminal!
    batch.terminalSequence[0] = terminalCounter!
    batch.day[0] = day
    const origins = new Set<number>()
    return suspicion.seen(batch, 0, { chunk: chunkOf(row), origins }) ? [...origins] : false
  })
}

it('a repeated card key or terminal key is suspected, and says in which chunk it was', () => {
  const rows = [
    [1, 1, 9, 1],
    [1, 2, 9, 2],
    [2, 1, 9, 3],
    [1, 1, 9, 4],
    [3, 1, 9, 2],
    [1, 1, 9, 2],
    [1, 1, 9, 1, 2]
  ]
  expect(suspicions(rows, (row) => row)).toEqual([false, false, false, [0], [1], [0, 1], false])
})

it('two hundred thousand different keys are not suspected', () => {
  const rows = Array.from({ length: 100_000 }, (_, n) => [n % 5000, Math.floor(n / 5000), n % 300, n])
  expect(suspicions(rows).filter(Boolean)).toEqual([])
})

it('what a late chunk of a long file repeats may be in any chunk', () => {
  const rows = [
    [1, 1, 9, 1],
    [2, 1, 9, 2],
    [1, 1, 9, 3],
    [2, 1, 9, 4]
  ]
  expect(suspicions(rows, (row) => [1022, 1023, 2000, 2001][row]!)).toEqual([false, false, [1022], [anyChunk]])
})
