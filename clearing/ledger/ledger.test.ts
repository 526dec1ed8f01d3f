import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSoftwareKeyStore, type KeyStore } from '../../card-crypto/key-store.ts'
import type { BusinessDay } from '../business-day.ts'
import { transaction, type Transaction } from '../database.ts'
import { fen } from '../money.ts'
import { createTestDatabase } from '../test-database.ts'
import { chainHash, genesis } from './chain-rules.ts'
import { listEntries } from './ledger-queries.ts'
import type { Journal, Leg } from './journal.ts'
import { aggregateLegs, postJournal, postJournals } from './post-journal.ts'
import { anchorKey, signAnchor } from './sign-anchor.ts'
import { verifyChain, type ChainReport } from './verify-chain.ts'

const { sql } = await createTestDatabase()
const folder = mkdtempSync(join(tmpdir(), 'ledger-'))
const days = ['2026-03-01', '2026-03-02', '2026-03-03'] as BusinessDay[]
const now = new Date('2026-03-04T00:00:00Z')
let keys: KeyStore
const members: number[] = []

function journal(day: BusinessDay, reference: string, ...amounts: number[]): Journal {
  const legs = amounts.map((amount, n): Leg => ({
    participant: members[n]!,
    account: 'settlement',
    amount: fen(amount)
  }))
  return { day, kind: 'test', reference, postedAt: now, legs }
}

beforeAll(async () => {
  keys = await openSoftwareKeyStore({ file: join(folder, 'keys'), masterKey: randomBytes(16), tacWorkers: 0 })
  await keys.generateKey(anchorKey)
  await transaction(sql, async (tx) => {
    for (const code of ['91000001', '91000002', '91000003', '91000004']) {
      const [row] = await tx<{ id: number }[]>`
        insert into participant (code, name, role, company, city_code)
        values (${code}, ${code}, 'issuer', ${code}, '5810') returning id`
      members.push(row!.id)
    }
    for (const day of days) await tx`insert into clearing_day (day) values (${day})`
  })
  for (const [n, day] of days.entries())
    await transaction(sql, async (tx) => {
      await postJournal(tx, journal(day, day, 100 + n, -60, -30, -10 - n))
      await signAnchor(tx, keys, day, now)
    })
})
afterAll(async () => {
  await keys.close()
  rmSync(folder, { recursive: true })
})

/** Does something only a superuser can do, asks what verification says, and takes it back. */
async function afterTampering(tamper: (tx: Transaction) => Promise<unknown>): Promise<ChainReport['fault']> {
  let report: ChainReport | undefined
  const undo = new Error('undo')
  await sql
    .begin(async (tx) => {
      for (const table of ['journal_entry', 'journal', 'ledger_anchor', 'account'])
        await tx.unsafe(`alter table ${table} disable trigger all`)
      await tamper(tx)
      report = await verifyChain(tx, keys)
      throw undo
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error
    })
  return report!.fault
}

async function rechainFrom(tx: Transaction, first: number): Promise<void> {
  let hash = first === 1 ? genesis : (await listEntries(tx, first - 2, 1))[0]!.hash
  for (const entry of await listEntries(tx, first - 1, 1000)) {
    hash = chainHash(hash, entry)
    await tx`update journal_entry set hash = ${Buffer.from(hash)} where sequence = ${entry.sequence}`
  }
}

describe('the ledger', () => {
  it('verifies as posted', async () => {
    expect(await verifyChain(sql, keys)).toEqual({ entries: 12, anchors: 3, fault: null })
  })

  it('posts a journal once, however often it is asked', async () => {
    const again = async () => await transaction(sql, async (tx) => postJournal(tx, journal(days[0]!, days[0]!, 5, -5)))
    expect(await again()).toBe(await again())
    expect((await verifyChain(sql, keys)).entries).toBe(12)
  })

  it('posts many at once in one chain, each once even when it comes twice', async () => {
    const undo = new Error('undo')
    const posting = transaction(sql, async (tx) => {
      const many = ['a', 'b', 'a'].map((reference, n) => journal(days[0]!, reference, 7 + n, -7 - n))
      const ids = await postJournals(tx, many)
      expect(ids[0]).toBe(ids[2])
      expect(ids[0]).not.toBe(ids[1])
      expect(await postJournals(tx, many)).toEqual(ids)
      expect(await verifyChain(tx, keys)).toMatchObject({ entries: 16, fault: null })
      throw undo
    })
    await expect(posting).rejects.toBe(undo)
  })

  it('aggregates the legs of hot accounts, to the fen, and leaves out what came to nothing', () => {
    const [one, other, third] = [1, 2, 3].map((n) => members[n]!)
    const legs = (participant: number, against: number, amount: number): Leg[] => [
      { participant, account: 'settlement', amount: fen(amount) },
      { participant: against, account: 'settlement', amount: fen(0 - amount) }
    ]
    expect(aggregateLegs([legs(one!, other!, 5), legs(one!, third!, 7), legs(third!, one!, 7)])).toEqual(
      legs(one!, other!, 5)
    )
  })

  it('refuses legs that do not sum to zero, in the rules and in the database', async () => {
    const odd = journal(days[0]!, 'odd', 5, -4)
    const posting = transaction(sql, async (tx) => postJournal(tx, odd))
    await expect(posting).rejects.toMatchObject({ code: 'ledger-unbalanced', facts: { difference: 1 } })
    const past = transaction(sql, async (tx) => {
      const id = await postJournal(tx, journal(days[0]!, 'past the rules', 5, -5))
      await tx`insert into journal_entry select max(sequence) + 1, ${id}, min(account), 1, ${Buffer.alloc(32)} from journal_entry`
    })
    await expect(past).rejects.toThrow('out of balance by 1 fen')
  })

  it('lets nobody edit or delete what is posted', async () => {
    const write = async (statement: string) => await transaction(sql, async (tx) => tx.unsafe(statement))
    await expect(write('update journal_entry set amount = 1 where sequence = 1')).rejects.toThrow('append-only')
    await expect(write('delete from journal')).rejects.toThrow('append-only')
    await expect(write('delete from ledger_anchor')).rejects.toThrow('append-only')
  })

  it('keeps its sequence gapless when twenty journals are posted at once and some fail', async () => {
    await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const unit = transaction(sql, async (tx) => {
          await postJournal(tx, journal(days[2]!, `crowd ${n}`, n + 1, -n - 1))
          if (n % 4 === 0) throw new Error('changed my mind')
        })
        await (n % 4 === 0 ? expect(unit).rejects.toThrow('changed my mind') : unit)
      })
    )
    expect(await verifyChain(sql, keys)).toEqual({ entries: 12 + 15 * 2, anchors: 3, fault: null })
  })
})

describe('a superuser who', () => {
  it('flips an amount is found at that entry', async () => {
    const fault = await afterTampering(
      async (tx) => tx`update journal_entry set amount = amount + 1 where sequence = 6`
    )
    expect(fault).toEqual({ sequence: 6, reason: expect.stringContaining('entry 6 is not what was posted') })
  })

  it('writes what we could not have posted is found at that entry, too', async () => {
    const beyond = async (tx: Transaction) =>
      tx`update journal_entry set amount = amount # (1::bigint << 62) where sequence = 6`
    expect((await afterTampering(beyond))?.sequence).toBe(6)
    const finer = async (tx: Transaction) =>
      tx`update journal set posted_at = posted_at + interval '1 microsecond' where reference = ${days[1]!}`
    expect((await afterTampering(finer))?.sequence).toBe(5)
  })

  it('flips one byte of any stored hash is found there', async () => {
    for (const sequence of [1, 7, 12]) {
      const fault = await afterTampering(
        async (tx) =>
          tx`update journal_entry set hash = set_byte(hash, 31, get_byte(hash, 31) # 1) where sequence = ${sequence}`
      )
      // At the end of a day it is the signed anchor, too, that no longer fits.
      expect(fault?.sequence).toBe(sequence)
    }
  })

  it('deletes an entry is found at the gap', async () => {
    const fault = await afterTampering(async (tx) => tx`delete from journal_entry where sequence = 3`)
    expect(fault).toEqual({ sequence: 3, reason: 'entry 3 is missing' })
  })

  it('deletes the tail is found by the anchor that signed it', async () => {
    const fault = await afterTampering(async (tx) => tx`delete from journal_entry where sequence > 10`)
    expect(fault).toEqual({ sequence: 11, reason: expect.stringContaining('entry 11 is missing') })
  })

  it('swaps two entries is found at the first', async () => {
    const fault = await afterTampering(async (tx) => {
      await tx`update journal_entry set sequence = -5 where sequence = 5`
      await tx`update journal_entry set sequence = 5 where sequence = 8`
      await tx`update journal_entry set sequence = 8 where sequence = -5`
    })
    expect(fault?.sequence).toBe(5)
  })

  it('moves an entry to another account, or dates a journal back, is found', async () => {
    const moved = async (tx: Transaction) =>
      tx`update journal_entry set account = (select account from journal_entry where sequence = 2) where sequence = 1`
    expect((await afterTampering(moved))?.sequence).toBe(1)
    const dated = async (tx: Transaction) =>
      tx`update journal set posted_at = posted_at - interval '1 day' where reference = ${days[1]!}`
    expect((await afterTampering(dated))?.sequence).toBe(5)
  })

  it('computes the chain anew after an edit is found by the signed anchor', async () => {
    const fault = await afterTampering(async (tx) => {
      await tx`update journal_entry set amount = amount + 7 where sequence = 6`
      await tx`update journal_entry set amount = amount - 7 where sequence = 7`
      await rechainFrom(tx, 6)
    })
    expect(fault).toEqual({ sequence: 8, reason: `the chain does not pass through the signed anchor of ${days[1]}` })
  })

  it('writes an anchor of his own is found by its signature', async () => {
    const fault = await afterTampering(async (tx) => {
      await tx`update journal_entry set amount = amount + 7 where sequence = 6`
      await tx`update journal_entry set amount = amount - 7 where sequence = 7`
      await rechainFrom(tx, 6)
      await tx`
        update ledger_anchor set head = entry.hash from journal_entry as entry
        where entry.sequence = ledger_anchor.last_sequence`
    })
    expect(fault?.reason).toContain(`the anchor of ${days[1]} does not carry our signature`)
  })
})
