// `npm run load -- tamper [--places 1000] [--days 10] [--journals 12] [--legs 5]` (R17)
// A ledger of several signed days, and a superuser who changes it in so many random places, one at a time: a bit of any column of a posted
// row flipped, a row deleted, two rows swapped. `verify` must name the place, every time: the first entry that is no longer what was
// posted, or the day whose anchor is not ours.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openSoftwareKeyStore, type KeyStore } from '../../card-crypto/key-store.ts'
import { addDays, type BusinessDay } from '../../clearing/business-day.ts'
import { connect, transaction, type Queryable, type Transaction } from '../../clearing/database.ts'
import { startEmbeddedPostgres } from '../../clearing/embedded-postgres.ts'
import { seededRandom } from '../../clearing/fabrication/random.ts'
import type { Leg } from '../../clearing/ledger/journal.ts'
import { postJournal } from '../../clearing/ledger/post-journal.ts'
import { anchorKey, signAnchor } from '../../clearing/ledger/sign-anchor.ts'
import { verifyChain, type ChainReport } from '../../clearing/ledger/verify-chain.ts'
import { migrate } from '../../clearing/migrate.ts'
import { fen } from '../../clearing/money.ts'

const { values: flags } = parseArgs({
  options: {
    places: { type: 'string', default: '1000' },
    days: { type: 'string', default: '10' },
    journals: { type: 'string', default: '12' },
    legs: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' }
  }
})
const [places, dayCount, journals, legs] = [flags.places, flags.days, flags.journals, flags.legs].map(Number) as [
  number,
  number,
  number,
  number
]
const firstDay = '2026-03-01' as BusinessDay
const postedAt = new Date('2026-04-01T00:00:00Z')
const random = seededRandom(Number(flags.seed))

/** What verify has to say: the first bad entry, or, of an anchor, its day. */
interface Tampering {
  what: string
  sequence: number
  day?: BusinessDay
  change: (tx: Transaction) => Promise<unknown>
}

/** Any row that tells what was posted, and any of its columns. */
const columns = {
  journal_entry: ['journal', 'account', 'amount', 'hash', 'sequence'],
  journal: ['day', 'kind', 'reference', 'posted_at', 'id'],
  account: ['kind', 'participant', 'id'],
  participant: ['code'],
  ledger_anchor: ['day', 'last_sequence', 'head', 'signature']
} as const

const folder = await mkdtemp(join(tmpdir(), 'load-tamper-'))
const server = await startEmbeddedPostgres(join(folder, 'postgres'), { durable: false })
const sql = connect(server.url, { max: 2 })
const keys = await openSoftwareKeyStore({ file: join(folder, 'keys'), masterKey: randomBytes(16), tacWorkers: 0 })
try {
  await migrate(sql)
  await keys.generateKey(anchorKey)
  await post()
  await dropConditions(sql)
  const whole = await verifyChain(sql, keys)
  if (whole.fault) throw new Error(whole.fault.reason)
  console.log(`${whole.entries} entries, ${whole.anchors} signed days; changing them in ${places} places`)
  let named = 0
  const kinds = new Map<string, number>()
  for (let place = 1; place <= places; place++) {
    const tampering = await chooseTampering(sql)
    const fault = await faultAfter(tampering, keys)
    kinds.set(tampering.what, (kinds.get(tampering.what) ?? 0) + 1)
    if (isNamed(fault, tampering)) named++
    else console.log(`not named: ${tampering.what} ${tampering.sequence}; verify said ${JSON.stringify(fault)}`)
    if (place % 200 === 0) console.log(`${place} places, ${named} named`)
  }
  const after = await verifyChain(sql, keys)
  if (after.fault) throw new Error(`the ledger was not put back: ${after.fault.reason}`)
  console.log(
    JSON.stringify({ load: 'tamper', places, named, entries: whole.entries, kinds: Object.fromEntries(kinds) })
  )
  if (named < places) process.exitCode = 1
} finally {
  await keys.close()
  await sql.end({ timeout: 5 })
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}

/** Settled days, each with its journals and its anchor. */
async function post(): Promise<void> {
  const members = await transaction(sql, async (tx) => {
    const rows = await tx<{ id: number }[]>`
      insert into participant (code, name, role, company, city_code)
      select 91000000 + n, n, 'issuer', n, '5810' from generate_series(1, 40) as n returning id`
    return rows.map(({ id }) => id)
  })
  for (let index = 0; index < dayCount; index++) {
    const day = addDays(firstDay, index)
    await transaction(sql, async (tx) => {
      await tx`insert into clearing_day (day, state, closed_at, settled_at) values (${day}, 'settled', ${postedAt}, ${postedAt})`
      for (let nth = 0; nth < journals; nth++) {
        const reference = `${day} ${nth}`
        await postJournal(tx, { day, kind: 'tamper', reference, postedAt, legs: legsAmong(members) })
      }
      await signAnchor(tx, keys, day, postedAt)
    })
  }
}

/** A superuser can do that, too. */
async function dropConditions(sql: Queryable): Promise<void> {
  for (const table of ['journal', 'account']) await sql.unsafe(`alter table ${table} alter id drop identity`)
  const rows = await sql<{ name: string; place: string }[]>`
    select conname as name, conrelid::regclass::text as place from pg_constraint
    where contype = 'c' and conrelid = any(${Object.keys(columns)}::regclass[])`
  for (const { name, place } of rows) await sql.unsafe(`alter table ${place} drop constraint ${name}`)
}

function legsAmong(members: readonly number[]): Leg[] {
  const first = random.below(members.length)
  const amounts = Array.from({ length: legs - 1 }, () => 1 + random.below(1_000_000))
  const sum = amounts.reduce((total, amount) => total + amount, 0)
  return [...amounts, -sum].map((amount, nth) => {
    return { participant: members[(first + nth) % members.length]!, account: 'settlement', amount: fen(amount) }
  })
}

async function chooseTampering(sql: Queryable): Promise<Tampering> {
  const table = pick(Object.keys(columns) as (keyof typeof columns)[], [6, 2, 1, 1, 1])
  const row = await pickRow(sql, table)
  const where = `ctid = '${row.place}'`
  const known = row.day ? { day: row.day, sequence: row.key } : { sequence: row.sequence! }
  const way = random.below(4)
  if (way === 0 && table !== 'participant')
    return {
      what: `delete ${table}`,
      ...known,
      change: async (tx) => await tx.unsafe(`delete from ${table} where ${where}`)
    }
  if (way === 1 && (table === 'journal_entry' || table === 'journal')) {
    const other = await pickRow(sql, table)
    const key = table === 'journal' ? 'id' : 'sequence'
    if (other.key !== row.key)
      return {
        what: `swap ${table}`,
        sequence: Math.min(row.sequence!, other.sequence!),
        change: async (tx) => await swap(tx, { table, key, one: row.key, other: other.key })
      }
  }
  const column = pick(columns[table])
  const change = `update ${table} set ${column} = ${flipped(column)} where ${where}`
  return { what: `flip ${table}.${column}`, ...known, change: async (tx) => await tx.unsafe(change) }
}

async function swap(
  tx: Transaction,
  { table, key, one, other }: { table: string; key: string; one: number; other: number }
): Promise<void> {
  for (const [from, to] of [
    [one, -1],
    [other, one],
    [-1, other]
  ])
    await tx.unsafe(`update ${table} set ${key} = ${to} where ${key} = ${from}`)
}

/** The column with one bit of it the other way round, in SQL. */
function flipped(column: string): string {
  switch (column) {
    case 'hash':
    case 'head':
    case 'signature': {
      const bit = random.below(256)
      return `set_bit(${column}, ${bit}, 1 - get_bit(${column}, ${bit}))`
    }
    case 'posted_at':
      return `posted_at + interval '${2 ** random.below(50)} microseconds'`
    case 'day':
      return `day + ${2 ** (10 + random.below(8))}`
    case 'kind':
    case 'reference':
    case 'code':
      return `overlay(${column} placing chr(ascii(${column}) # ${1 << random.below(3)}) from 1 for 1)`
    case 'amount':
      return `amount # (1::bigint << ${random.below(64)})`
    case 'participant':
      return `participant # ${64 << random.below(8)}`
    default:
      return `${column} # ${1 << (12 + random.below(18))}`
  }
}

interface PickedRow {
  place: string
  key: number
  /** The first entry that says what stands in the row. */
  sequence: number | null
  day: BusinessDay | null
}

async function pickRow(sql: Queryable, table: keyof typeof columns): Promise<PickedRow> {
  const from = {
    journal_entry: `select ctid, sequence as key, sequence, null::date as day from journal_entry`,
    journal: `select ctid, id as key, (select min(sequence) from journal_entry where journal = journal.id) as sequence, null::date as day from journal`,
    account: `select ctid, id as key, (select min(sequence) from journal_entry where account = account.id) as sequence, null::date as day from account`,
    participant: `select participant.ctid, id as key, (select min(sequence) from journal_entry as entry join account on account.id = entry.account where account.participant = participant.id) as sequence, null::date as day from participant`,
    ledger_anchor: `select ctid, last_sequence as key, null::integer as sequence, day from ledger_anchor`
  }[table]
  const rows = await sql.unsafe<PickedRow[]>(
    `select ctid::text as place, key, sequence, day from (${from}) as row where sequence is not null or day is not null order by key`
  )
  return rows[random.below(rows.length)]!
}

function pick<Value>(values: readonly Value[], weights: readonly number[] = values.map(() => 1)): Value {
  let drawn = random.below(weights.reduce((sum, weight) => sum + weight, 0))
  return values[weights.findIndex((weight) => (drawn -= weight) < 0)]!
}

/** What verify says once it is done, past every trigger and key; then it is undone. */
async function faultAfter({ change }: Tampering, keys: KeyStore): Promise<ChainReport['fault']> {
  const undo = new Error('undo')
  let report: ChainReport | undefined
  await transaction(sql, async (tx) => {
    await tx`set local session_replication_role = replica`
    await change(tx)
    report = await verifyChain(tx, keys)
    throw undo
  }).catch((error: unknown) => {
    if (error !== undo) throw error
  })
  return report!.fault
}

function isNamed(fault: ChainReport['fault'], { sequence, day }: Tampering): boolean {
  if (!fault) return false
  return fault.sequence === sequence || (day !== undefined && fault.reason.includes(day))
}
