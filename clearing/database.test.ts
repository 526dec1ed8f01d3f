import { describe, expect, it } from 'vitest'
import { connect, transaction } from './database.ts'
import { fen } from './money.ts'
import { createTestDatabase } from './test-database.ts'

const { sql, url } = await createTestDatabase()

describe('a unit of work', () => {
  it('writes to a guarded table', async () => {
    await transaction(sql, async (tx) => tx`insert into clearing_day (day) values ('2026-01-01')`)
    expect(await sql`select day, state from clearing_day`).toEqual([{ day: '2026-01-01', state: 'open' }])
  })

  it('is the only way to write to a guarded table', async () => {
    await expect(sql`insert into clearing_day (day) values ('2026-01-02')`).rejects.toThrow('outside a unit of work')
  })

  // R3: between every pair of statements, while one runs, and by its own hand; with one or two connections, others queued.
  for (const max of [1, 2]) {
    for (const moment of ['between two statements', 'while a statement runs', 'by its own hand'] as const) {
      it(`leaves nothing behind when its backend dies ${moment} (${max} connection${max > 1 ? 's' : ''}, queries waiting), and the pool lives on`, async () => {
        const busy = connect(url, { max })
        const others: Promise<unknown>[] = []
        const unit = transaction(busy, async (tx) => {
          const [row] = await tx`select pg_backend_pid() as pid`
          await tx`insert into clearing_day (day) values ('2026-02-01')`
          for (let n = 0; n < 5; n++) others.push(busy`select 1`.catch(() => undefined))
          const kill = sql`select pg_terminate_backend(${row!['pid']})`
          if (moment === 'between two statements') await kill
          if (moment === 'while a statement runs') await Promise.all([tx`select pg_sleep(5)`, kill])
          if (moment === 'by its own hand') await tx`select pg_terminate_backend(pg_backend_pid())`
          await tx`insert into clearing_day (day) values ('2026-02-02')`
        })
        await expect(unit).rejects.toThrow()
        await Promise.all(others)
        expect(await busy`select 1 as alive`).toEqual([{ alive: 1 }])
        expect(await sql`select 1 from clearing_day where day >= '2026-02-01'`).toHaveLength(0)
        await busy.end({ timeout: 1 })
      })
    }
  }

  it('reads bigint as fen and refuses an amount beyond 2^53', async () => {
    expect((await sql`select 12::bigint as amount`)[0]!['amount']).toBe(fen(12))
    await expect(sql`select 9007199254740993::bigint as amount`).rejects.toThrow('not a whole number of fen')
  })
})
