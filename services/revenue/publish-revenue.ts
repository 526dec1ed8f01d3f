// The night of ticket revenue: when a clearing day is closed, its batches are held against the ledger, and every party gets a signed
// statement with the next number. Its bytes follow from the lines alone, so they are made again when asked for, and must be the same.
import { equalConstantTime } from '../../card-crypto/bytes.ts'
import type { KeyStore } from '../../card-crypto/key-store.ts'
import { sm3 } from '../../card-crypto/sm3.ts'
import { wallClock, type BusinessDay } from '../../clearing/business-day.ts'
import { transaction, type Database, type Queryable, type Transaction } from '../../clearing/database.ts'
import { listJournalLegs } from '../../clearing/ledger/ledger-queries.ts'
import { fen, type Fen } from '../../clearing/money.ts'
import { refuse } from '../../clearing/refusals.ts'
import { findDay, lockDay } from '../../clearing/settlement/clearing-day-queries.ts'
import { byteOrderMark, csvLine } from '../../clearing/statements/statement-csv.ts'
import { statementKey } from '../../clearing/statements/statement-schemas.ts'
import type { Job } from '../jobs/worker-rounds.ts'
import { revenueJournal } from './post-revenue.ts'
import { batchReference, digestLines, legsOf, sumLegs, type RevenueKind, type RevenueLine } from './revenue-lines.ts'
import {
  findDayToPublish,
  findPartyCode,
  findPlatform,
  insertStatement,
  isPublished,
  listBatches,
  listBatchLines,
  listDayParties,
  listPartyLines,
  markRevenuePublished,
  nextNumber,
  type Batch,
  type Statement
} from './statement-queries.ts'

type Publishing = { sql: Database; keys: KeyStore }

export const publishRevenueJob: Job = {
  name: 'publish-revenue',
  async due({ sql }) {
    const day = await findDayToPublish(sql)
    return day === null ? [] : [day]
  },
  perform: async ({ sql, keys }, day, now) => await publishRevenue({ sql, keys }, day as BusinessDay, now)
}

/** Idempotent. Throws the refusals clearing-day-not-found, clearing-day-not-closed, earlier-day-open and statement-sums-differ. */
export async function publishRevenue({ sql, keys }: Publishing, day: BusinessDay, now: Date): Promise<void> {
  if (!(await findDay(sql, day))) throw refuse('clearing-day-not-found', { day })
  await transaction(sql, async (tx) => {
    // Nobody posts into a day that is closed, so what is in it now stays.
    const { state } = (await lockDay(tx, day))!
    if (state === 'open' || state === 'closing') throw refuse('clearing-day-not-closed', { day })
    if (await isPublished(tx, day)) return
    const earliest = await findDayToPublish(tx)
    if (earliest !== day) throw refuse('earlier-day-open', { day: earliest })
    const platform = await findPlatform(tx)
    if (platform !== null) {
      for (const batch of await listBatches(tx, day)) await assertPosted(tx, batch, platform)
      await writeStatements({ tx, keys }, { day, platform, now })
    }
    await markRevenuePublished(tx, day, now)
  })
}

/** The lines are those whose digest the ledger has, and sum to what it has. */
async function assertPosted(sql: Queryable, batch: Batch, platform: number): Promise<void> {
  const lines = await listBatchLines(sql, batch.id)
  const digest = digestLines(lines)
  const posted = await listJournalLegs(sql, revenueJournal, batchReference(batch.id, digest))
  const summed = sumLegs(lines, platform)
  const same =
    equalConstantTime(digest, batch.digest) &&
    posted.length === summed.length &&
    summed.every((leg, at) => {
      const { participant, account, amount } = posted[at]!
      return participant === leg.participant && account === leg.account && amount === leg.amount
    })
  if (!same) throw refuse('statement-sums-differ', { batch: batch.id })
}

interface Night {
  day: BusinessDay
  platform: number
  now: Date
}

/** One party after the other: only its own lines are in memory. */
async function writeStatements({ tx, keys }: { tx: Transaction; keys: KeyStore }, night: Night): Promise<void> {
  for (const party of await listDayParties(tx, night.day)) {
    const lines = await listPartyLines(tx, party, night.day)
    await writeStatement({ tx, keys }, { ...night, party, lines })
  }
}

async function writeStatement(
  { tx, keys }: { tx: Transaction; keys: KeyStore },
  { day, platform, now, party, lines }: Night & { party: number; lines: readonly RevenueLine[] }
): Promise<void> {
  const number = await nextNumber(tx, party)
  const { bytes, net, rows } = statementCsv(
    { code: await findPartyCode(tx, party), party, platform, day, number },
    lines
  )
  const signature = await keys.sign(statementKey, bytes)
  await insertStatement(tx, party, { number, day, lines: rows, net, digest: sm3(bytes), signature, publishedAt: now })
}

/** The bytes of a published statement. Throws the refusal statement-bytes-differ when they are not those that were signed. */
export async function readStatement(
  sql: Queryable,
  party: { id: number; code: string },
  { number, day, digest }: Statement
): Promise<Buffer> {
  const platform = (await findPlatform(sql))!
  const lines = await listPartyLines(sql, party.id, day)
  const { bytes } = statementCsv({ code: party.code, party: party.id, platform, day, number }, lines)
  if (!equalConstantTime(sm3(bytes), digest)) throw refuse('statement-bytes-differ', { day, name: party.code })
  return bytes
}

const kindNames: Record<RevenueKind, string> = {
  issue: '售票 issue',
  use: '乘车 use',
  unused: '未乘 unused',
  refund: '退票 refund',
  void: '废票 void',
  change: '改签 change',
  claim: '赔付 claim'
}

const columns = [
  '客票号 ticket',
  '时间 at',
  '事项 kind',
  '应收（分）receivable',
  '未结（分）unearned',
  '已结（分）earned'
]

interface Title {
  code: string
  party: number
  platform: number
  day: BusinessDay
  number: number
}

function statementCsv(
  { code, party, platform, day, number }: Title,
  lines: readonly RevenueLine[]
): { bytes: Buffer; net: Fen; rows: number } {
  const sums = { receivable: 0, unearned: 0, earned: 0 }
  const rows: string[] = []
  for (const line of lines) {
    const own = { receivable: 0, unearned: 0, earned: 0 }
    for (const { account, amount } of legsOf(line, party, platform)) own[account as keyof typeof own] += amount
    if (own.receivable === 0 && own.unearned === 0 && own.earned === 0) continue
    for (const account of ['receivable', 'unearned', 'earned'] as const) sums[account] += own[account]
    const { ticketNo, at, kind } = line
    rows.push(csvLine([ticketNo, wallClock(at), kindNames[kind], own.receivable, own.unearned, own.earned]))
  }
  const total = csvLine(['合计 total', '', '', sums.receivable, sums.unearned, sums.earned])
  const title = csvLine(['客票收入结算单 statement of ticket revenue', code, day, number])
  const bytes = Buffer.from(byteOrderMark + title + csvLine(columns) + rows.join('') + total)
  return { bytes, net: fen(sums.receivable + sums.unearned + sums.earned), rows: rows.length }
}
