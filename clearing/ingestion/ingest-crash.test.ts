// What dies, when, and how often must not matter: the sums, the rows and the rejects are those of an undisturbed run.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { openSoftwareKeyStore } from '../../card-crypto/key-store.ts'
import { tacBatch } from '../../card-crypto/tac-batch.ts'
import type { BusinessDay } from '../business-day.ts'
import { prepareFolders } from '../context.ts'
import { connect, transaction, type Database } from '../database.ts'
import { fabricateCardDay } from '../fabrication/fabricate-card-day.ts'
import { sampleTacRoots } from '../fabrication/sample-keys.ts'
import { replaceHotlist } from '../participants/hotlist-queries.ts'
import { findParticipant } from '../participants/participant-queries.ts'
import { seedParticipants } from '../participants/seed-participants.ts'
import { createTestDatabase } from '../test-database.ts'
import { ingestFile } from './ingest-file.ts'
import type { IncomingFile } from './register-file.ts'
import { findLiveFile } from './file-queries.ts'

const folder = await mkdtemp(join(tmpdir(), 'ingest-crash-'))
const masterKey = new Uint8Array(16)
const keyFile = join(folder, 'keys')
const keys = await openSoftwareKeyStore({ file: keyFile, masterKey })
const folders = await prepareFolders(folder)
for (const { version, index, algorithm, key } of sampleTacRoots)
  await keys.importKey({ purpose: 'tac', scope: '', version, index, algorithm }, key)
afterAll(async () => {
  await keys.close()
  await rm(folder, { recursive: true, force: true })
})

const now = new Date('2024-03-15T23:50:00+08:00')
const proof = tacBatch(sampleTacRoots)
const manifest = await fabricateCardDay(
  {
    transactions: 40_000,
    seed: 7,
    day: '2024-03-15' as BusinessDay,
    signTacs: (records, count) => proof.stamp(records, count),
    acquirers: ['12205810'],
    troubles: { duplicates: 400, badTacs: 100 }
  },
  async (name, bytes) => await appendFile(join(folder, name), bytes)
)
const name = manifest.files[0]!.name
const incoming: IncomingFile = { path: join(folder, name), name }

async function prepare(sql: Database): Promise<void> {
  await seedParticipants(sql)
  for (const [code, entries] of Map.groupBy(manifest.hotlist, (entry) => entry.issuer)) {
    const issuer = await findParticipant(sql, code)
    const cards = entries.map((entry) => entry.cardNumber)
    await transaction(sql, async (tx) => await replaceHotlist(tx, issuer!.id, cards, new Date('2024-03-01')))
  }
}

/** Everything there is to know of the file once it is in. */
async function outcome(sql: Database): Promise<unknown> {
  const [rows] = await sql`
    select count(*)::integer as rows, sum(amount)::integer as amount, sum(line_number::bigint)::text as lines,
      md5(string_agg(line_number || ':' || card_number || ':' || tac, ',' order by line_number)) as digest
    from card_transaction`
  const rejects = await sql`select line_number, code, detail, byte_offset, raw from card_reject order by line_number`
  const [file] =
    await sql`select state, line_count, accepted_count, rejected_count, amount, clearing_day from card_file`
  return { rows, rejects: [...rejects], file }
}

const quiet = await createTestDatabase()
await prepare(quiet.sql)
const undisturbed = await ingestFile({ sql: quiet.sql, keys, folders }, incoming, now)
const expected = await outcome(quiet.sql)

/** The same in a process of its own. */
function ingestInChild(url: string): ChildProcess {
  return spawn(process.execPath, [scriptFile, url], { stdio: ['ignore', 'pipe', 'inherit'] })
}

const scriptFile = join(folder, 'ingest.mjs')
const from = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href)
await writeFile(
  scriptFile,
  `
    import { openSoftwareKeyStore } from ${from('../../card-crypto/key-store.ts')}
    import { connect } from ${from('../database.ts')}
    import { ingestFile } from ${from('./ingest-file.ts')}
    const keys = await openSoftwareKeyStore({ file: ${JSON.stringify(keyFile)}, masterKey: new Uint8Array(16) })
    const sql = connect(process.argv[2])
    const context = { sql, keys, folders: ${JSON.stringify(folders)} }
    await ingestFile(context, ${JSON.stringify(incoming)}, new Date('${now.toISOString()}')).then(
      (receipt) => console.log(receipt.state),
      (error) => console.log(error.code ?? error.message)
    )
    await keys.close()
    await sql.end()`
)

async function saying(child: ChildProcess): Promise<string> {
  let said = ''
  child.stdout!.on('data', (piece: Buffer) => (said += piece.toString()))
  await once(child, 'close')
  return said.trim()
}

/** Waits until so many chunks are in, or the file is. */
async function chunksLoaded(sql: Database, wanted: number): Promise<void> {
  for (;;) {
    const [row] = await sql`select count(*)::integer as chunks from card_file_chunk`
    const file = await findLiveFile(sql, name)
    if (row!['chunks'] >= wanted || file?.state === 'accepted') return
    await setTimeout(2)
  }
}

/** Waits until the day of the file has one key, and the other is waited for. */
async function keyMade(sql: Database): Promise<void> {
  for (;;) {
    const [row] = await sql`
      select exists (select from pg_class where relname = 'card_transaction_20240315_card') as made,
        exists (
          select from pg_stat_activity where datname = current_database() and query like '%key_card_transaction_day%'
            and wait_event_type = 'Lock'
        ) as waiting`
    if (row!['made'] && row!['waiting']) return
    await setTimeout(5)
  }
}

it('an undisturbed run comes to what was fabricated', () => {
  expect(undisturbed).toMatchObject({ lines: 40_000, accepted: manifest.accepted, amount: manifest.amount })
  expect(Object.fromEntries(undisturbed.rejects.map(({ code, count }) => [code, count]))).toEqual(manifest.rejected)
})

describe('a load that is cut short', () => {
  it('by kill -9, again and again, goes on where it was', async () => {
    const { sql, url } = await createTestDatabase()
    await prepare(sql)
    for (const chunks of [0, 1, 3, 6]) {
      const child = ingestInChild(url)
      const closed = once(child, 'close')
      if (chunks > 0) await chunksLoaded(sql, chunks)
      child.kill('SIGKILL')
      await closed
    }
    const receipt = await ingestFile({ sql, keys, folders }, incoming, now)
    expect(receipt).toMatchObject({ state: 'accepted', digest: undisturbed.digest })
    expect(await outcome(sql)).toEqual(expected)
  })

  it('by kill -9 while its days are being keyed, goes on there', async () => {
    const { sql, url } = await createTestDatabase()
    await prepare(sql)
    await transaction(sql, async (tx) => {
      // So that the second key has to wait.
      await tx`select pg_advisory_xact_lock(7236004, hashtext('card_transaction_20240315terminal'))`
      const child = ingestInChild(url)
      const closed = once(child, 'close')
      await keyMade(sql)
      child.kill('SIGKILL')
      await closed
    })
    expect(await ingestFile({ sql, keys, folders }, incoming, now)).toMatchObject({ state: 'accepted' })
    expect(await outcome(sql)).toEqual(expected)
  })

  it('by the death of its database backends goes on where it was', async () => {
    const { sql, url } = await createTestDatabase()
    await prepare(sql)
    for (const chunks of [1, 4]) {
      const doomed = connect(url, { name: 'doomed' })
      const attempt = ingestFile({ sql: doomed, keys, folders }, incoming, now).catch((error: unknown) => error)
      await chunksLoaded(sql, chunks)
      // Not those still connecting: a connection that dies before its first query leaves postgres.js waiting for ever.
      await sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'doomed' and xact_start is not null and query not like '%typarray%'`
      await attempt
      await doomed.end({ timeout: 0 })
    }
    expect(await ingestFile({ sql, keys, folders }, incoming, now)).toMatchObject({ state: 'accepted' })
    expect(await outcome(sql)).toEqual(expected)
  })
})

describe('two processes at the same file', () => {
  it('load it once: one does, the other is told so or gets the receipt', async () => {
    const { sql, url } = await createTestDatabase()
    await prepare(sql)
    const said = await Promise.all([saying(ingestInChild(url)), saying(ingestInChild(url))])
    expect(said).toContain('accepted')
    for (const each of said) expect(['accepted', 'file-in-progress']).toContain(each)
    expect(await outcome(sql)).toEqual(expected)
  })

  it('load it once even when the lock that keeps them apart is lost', async () => {
    const { sql, url } = await createTestDatabase()
    await prepare(sql)
    const first = connect(url, { name: 'first' })
    const attempt = ingestFile({ sql: first, keys, folders }, incoming, now).catch((error: unknown) => error)
    await chunksLoaded(sql, 1)
    await sql`
      select pg_terminate_backend(pid) from pg_locks join pg_stat_activity using (pid)
      where locktype = 'advisory' and application_name = 'first' and objsubid = 2`
    const second = await ingestFile({ sql, keys, folders }, incoming, now)
    await attempt
    expect(second).toMatchObject({ state: 'accepted' })
    expect(await outcome(sql)).toEqual(expected)
    await first.end({ timeout: 0 })
  })
})
