// `npm run bench -- journal [--postings 20000] [--batch 500] [--accounts 40] [--rounds 3]`: our chained, guarded, balanced posting beside a
// plain two-row journal on the same durable server, in turns: one unit of work each, in batches, and hot accounts by aggregated legs.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openSoftwareKeyStore } from '../../card-crypto/key-store.ts'
import type { BusinessDay } from '../business-day.ts'
import { connect, transaction } from '../database.ts'
import { startEmbeddedPostgres } from '../embedded-postgres.ts'
import { migrate } from '../migrate.ts'
import { fen } from '../money.ts'
import type { Journal, Leg } from './journal.ts'
import { aggregateLegs, postJournal, postJournals } from './post-journal.ts'
import { verifyChain } from './verify-chain.ts'

const { values: flags } = parseArgs({
  options: {
    postings: { type: 'string', default: '20000' },
    batch: { type: 'string', default: '500' },
    accounts: { type: 'string', default: '40' },
    rounds: { type: 'string', default: '3' }
  }
})
const [postings, batch, accounts, rounds] = [flags.postings, flags.batch, flags.accounts, flags.rounds].map(Number) as [
  number,
  number,
  number,
  number
]
const single = Math.min(postings, 1000)
const day = '2026-03-03' as BusinessDay
const postedAt = new Date('2026-03-03T00:00:00Z')

const folder = await mkdtemp(join(tmpdir(), 'journal-'))
const server = await startEmbeddedPostgres(join(folder, 'postgres'), { durable: true })
const sql = connect(server.url, { max: 4 })

type Way = 'plainSingle' | 'plainBatched' | 'single' | 'batched' | 'aggregated'

async function prepare(): Promise<number[]> {
  await sql`create table plain_journal (id bigint generated always as identity primary key, reference text not null, account integer not null, amount bigint not null)`
  await sql`create index plain_journal_account on plain_journal (account)`
  return await transaction(sql, async (tx) => {
    await tx`insert into clearing_day (day) values (${day})`
    const rows = await tx<{ id: number }[]>`
      insert into participant (code, name, role, company, city_code)
      select 91000000 + n, n, 'issuer', n, '5810' from generate_series(1, ${accounts}) as n returning id`
    return rows.map((row) => row.id)
  })
}

/** Two legs between two of the accounts, a few fen. */
function legsOf(members: readonly number[], n: number): Leg[] {
  const amount = fen(1 + (n % 700))
  return [
    { participant: members[n % members.length]!, account: 'settlement', amount },
    { participant: members[(n * 7 + 1) % members.length]!, account: 'fees', amount: fen(0 - amount) }
  ]
}

function journalOf(members: readonly number[], n: number, reference: string): Journal {
  return { day, kind: 'bench', reference, postedAt, legs: legsOf(members, n) }
}

const ways: Record<Way, (members: readonly number[], count: number, round: number) => Promise<void>> = {
  async plainSingle(members, count, round) {
    for (let n = 0; n < count; n++) await insertPlain(members, n, n + 1, `plain ${round} ${n}`)
  },
  async plainBatched(members, count, round) {
    for (let n = 0; n < count; n += batch) await insertPlain(members, n, Math.min(n + batch, count), `batch ${round}`)
  },
  async single(members, count, round) {
    for (let n = 0; n < count; n++)
      await transaction(sql, async (tx) => await postJournal(tx, journalOf(members, n, `single ${round} ${n}`)))
  },
  async batched(members, count, round) {
    for (let from = 0; from < count; from += batch) {
      const journals = Array.from({ length: Math.min(batch, count - from) }, (_, index) =>
        journalOf(members, from + index, `batch ${round} ${from + index}`)
      )
      await transaction(sql, async (tx) => await postJournals(tx, journals))
    }
  },
  async aggregated(members, count, round) {
    for (let from = 0; from < count; from += batch) {
      const all = Array.from({ length: Math.min(batch, count - from) }, (_, index) => legsOf(members, from + index))
      const journal = { ...journalOf(members, 0, `sum ${round} ${from}`), legs: aggregateLegs(all) }
      await transaction(sql, async (tx) => await postJournal(tx, journal))
    }
  }
}

/** The two rows of each posting, all in one statement. */
async function insertPlain(members: readonly number[], from: number, to: number, reference: string): Promise<void> {
  const legs = Array.from({ length: to - from }, (_, index) => legsOf(members, from + index)).flat()
  await sql`
    insert into plain_journal (reference, account, amount)
    select ${reference}, account, amount
    from unnest(${legs.map((leg) => leg.participant)}::integer[], ${legs.map((leg) => leg.amount)}::bigint[]) as leg (account, amount)`
}

try {
  await migrate(sql)
  const members = await prepare()
  const speeds = { plainSingle: [], plainBatched: [], single: [], batched: [], aggregated: [] } as Record<Way, number[]>
  for (let round = 1; round <= rounds; round++) {
    for (const way of Object.keys(speeds) as Way[]) {
      const count = way === 'plainSingle' || way === 'single' ? single : postings
      const begun = performance.now()
      await ways[way](members, count, round)
      speeds[way].push((count / (performance.now() - begun)) * 1000)
    }
    console.log(
      `round ${round}: ${(Object.keys(speeds) as Way[]).map((way) => `${way} ${Math.round(speeds[way].at(-1)!).toLocaleString('en')}`).join(', ')} postings/s`
    )
  }
  const keys = await openSoftwareKeyStore({ file: join(folder, 'keys'), masterKey: randomBytes(16), tacWorkers: 0 })
  const { fault, entries } = await verifyChain(sql, keys)
  await keys.close()
  if (fault) throw new Error(`entry ${fault.sequence}: ${fault.reason}`)
  const of = (way: Way) => Math.round(speeds[way].toSorted((a, b) => a - b)[rounds >> 1]!)
  console.log(
    JSON.stringify({
      bench: 'journal',
      postingsPerSecond: of('batched'),
      ratioToPlainJournal: Number((of('batched') / of('plainBatched')).toFixed(2)),
      singlePerSecond: of('single'),
      singleRatioToPlainJournal: Number((of('single') / of('plainSingle')).toFixed(2)),
      aggregatedPerSecond: of('aggregated'),
      aggregatedRatioToPlainJournal: Number((of('aggregated') / of('plainBatched')).toFixed(2)),
      plainBatchedPerSecond: of('plainBatched'),
      plainSinglePerSecond: of('plainSingle'),
      batch,
      chainedEntries: entries
    })
  )
} finally {
  await sql.end({ timeout: 5 })
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}
