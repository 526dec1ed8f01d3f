import { describe, expect, test } from 'vitest'
import type { Queryable } from './database.ts'
import { together } from './together.ts'

/** Statements that wait to be let go, each with what it was asked. */
function statements() {
  const sent: { asked: number[]; letGo: () => void }[] = []
  const run = async (_sql: Queryable, asked: number[]): Promise<number[]> => {
    await new Promise<void>((letGo) => sent.push({ asked, letGo }))
    return asked.map((one) => one * 2)
  }
  const turn = async (): Promise<void> => await new Promise((done) => setImmediate(() => setImmediate(done)))
  return { sent, run, turn }
}

const nowhere = (): Queryable => (() => undefined) as unknown as Queryable

describe('calls of one moment', () => {
  test('share a statement, and those that come later the next one', async () => {
    const { sent, run, turn } = statements()
    const double = together(run, { most: 3, lanes: 1 })
    const sql = nowhere()
    const answers = Promise.all([1, 2, 3, 4].map(async (one) => await double(sql, one)))
    await turn()
    expect(sent.map(({ asked }) => asked)).toEqual([[1, 2, 3]])
    sent[0]!.letGo()
    await turn()
    expect(sent.map(({ asked }) => asked)).toEqual([[1, 2, 3], [4]])
    sent[1]!.letGo()
    expect(await answers).toEqual([2, 4, 6, 8])
  })

  test('that ask for the same are asked once and all answered', async () => {
    const { sent, run, turn } = statements()
    const double = together(run, { most: 8, lanes: 1, same: String })
    const sql = nowhere()
    const answers = Promise.all([1, 2, 1, 1, 2].map(async (one) => await double(sql, one)))
    await turn()
    expect(sent.map(({ asked }) => asked)).toEqual([[1, 2]])
    sent[0]!.letGo()
    expect(await answers).toEqual([2, 4, 2, 2, 4])
  })

  test('are not worth a further statement while they are few, unless the one under way is held up', async () => {
    const { sent, run, turn } = statements()
    const double = together(run, { most: 8, lanes: 2, worth: 3 })
    const sql = nowhere()
    const ask = (...all: number[]) => all.map(async (one) => await double(sql, one))
    const first = ask(1)
    await turn()
    const few = ask(2, 3)
    await turn()
    expect(sent).toHaveLength(1)
    const more = ask(4)
    await turn()
    expect(sent.map(({ asked }) => asked)).toEqual([[1], [2, 3, 4]])
    sent[1]!.letGo()
    expect(await Promise.all([...few, ...more])).toEqual([4, 6, 8])
    const late = ask(5)
    await expect.poll(() => sent.length, { timeout: 5_000 }).toBe(3)
    for (const { letGo } of sent) letGo()
    expect(await Promise.all([...first, ...late])).toEqual([2, 10])
  })
})
