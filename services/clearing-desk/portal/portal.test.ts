// A participant's own portal: what it sees is its own, over the API and in the database itself, where no query of its role, however it is
// forged, sees a row of anybody else.
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tacBatch } from '../../../card-crypto/tac-batch.ts'
import type { BusinessDay } from '../../../clearing/business-day.ts'
import { transaction } from '../../../clearing/database.ts'
import { raiseDispute } from '../../../clearing/disputes/raise-dispute.ts'
import { fabricateCardDay } from '../../../clearing/fabrication/fabricate-card-day.ts'
import { sampleTacRoots } from '../../../clearing/fabrication/sample-keys.ts'
import { ingestFile } from '../../../clearing/ingestion/ingest-file.ts'
import { listParticipants } from '../../../clearing/participants/participant-queries.ts'
import { seedParticipants } from '../../../clearing/participants/seed-participants.ts'
import { closeDay } from '../../../clearing/settlement/close-day.ts'
import { publishDay } from '../../../clearing/settlement/publish-day.ts'
import { settleDay } from '../../../clearing/settlement/settle-day.ts'
import { findSampleAccount } from '../../access/access-queries.ts'
import { createTestApp } from '../../test-app.ts'
import { asParticipant } from './as-participant.ts'
import { bindAccount } from './portal-queries.ts'

const { parts, as, call } = await createTestApp()
const { sql, context } = parts
const folder = await mkdtemp(join(tmpdir(), 'portal-'))
const day = '2026-03-03' as BusinessDay
const now = new Date('2026-03-03T02:30:00+08:00')
const [mine, other] = ['12205810', '12215840'] as const
let ids: Map<string, number>
let headers: { authorization: string }
let disputed: string

beforeAll(async () => {
  await seedParticipants(sql)
  ids = new Map((await listParticipants(sql)).map((each) => [each.code, each.id]))
  const tacs = tacBatch(sampleTacRoots)
  const { files } = await fabricateCardDay(
    {
      transactions: 400,
      seed: 3,
      day: '2026-03-02' as BusinessDay,
      signTacs: (records, count) => tacs.stamp(records, count),
      acquirers: [mine, other],
      troubles: { badTacs: 6, duplicates: 0, unknownIssuers: 0, hotlisted: 0, overdue: 0, late: 0 }
    },
    async (name, bytes) => await appendFile(join(folder, name), bytes)
  )
  for (const { name } of files) await ingestFile(context, { path: join(folder, name), name }, now)
  await closeDay(context, day, now)
  await settleDay(context, day, now)
  await publishDay(context, day, now)
  const [line] = await sql<{ id: string }[]>`
    select file_id || ':' || line_number as id from card_transaction
    where acquirer = ${ids.get(other)!} and issuer <> ${ids.get('02205810')!} and amount > 0 and passage <> 1 limit 1`
  disputed = line!.id
  await raiseDispute(
    context,
    { transaction: disputed, kind: 'query', reason: '9104', adjustedAmount: await amountOf(disputed), raisedBy: other },
    now
  )
  headers = await as('participant')
})
afterAll(async () => await rm(folder, { recursive: true, force: true }))

async function amountOf(id: string): Promise<number> {
  const [file, number] = id.split(':').map(Number) as [number, number]
  const [row] = await sql<{ amount: number }[]>`
    select amount from card_transaction where file_id = ${file} and line_number = ${number}`
  return row!.amount
}

const get = async (url: string) => await call({ method: 'GET', url: `/v1/portal/${url}`, headers })

describe('the API', () => {
  it('shows nothing to an account of nobody, and nothing to the desk’s people', async () => {
    expect(await get('days')).toMatchObject({ status: 403, body: { code: 'account-of-nobody' } })
    const operator = await as('operator')
    expect((await call({ url: '/v1/portal/days', headers: operator })).body.code).toBe('not-permitted')
    const account = (await findSampleAccount(sql, 'participant'))!
    await transaction(sql, async (tx) => await bindAccount(tx, account.id, ids.get(mine)!))
    expect((await get('self')).body).toMatchObject({ code: mine, role: 'acquirer' })
    expect((await call({ url: '/v1/clearing/files', headers })).body.code).toBe('not-permitted')
  })

  it('shows our position, totals and statements of a day, which add up, and nobody else’s', async () => {
    const [own] = (await get('days')).body
    const [position] =
      await sql`select income, expense from position where day = ${day} and participant = ${ids.get(mine)!}`
    expect(own).toMatchObject({ day, ...position })
    const { totals, statements } = (await get(`days/${day}`)).body
    expect(new Set(totals.map((total: { acquirer: string }) => total.acquirer))).toEqual(new Set([mine]))
    const income = totals.reduce(
      (sum: number, each: Record<string, number>) =>
        sum + each['amount']! - Number(each['fee']) + Number(each['acquirerFee']),
      0
    )
    expect(Math.round(income)).toBe(own.income)
    expect(statements.length).toBeGreaterThan(5)
    for (const { name } of statements) expect(name).toContain(mine)
  })

  it('leads from a total to its lines, and from a line back to file, byte and signature', async () => {
    const { totals } = (await get(`days/${day}`)).body
    const { acquirer, issuer, service, transactions, entries } = totals[0]
    const lines: { id: string }[] = []
    for (let after = '0:0'; ;) {
      const page = (
        await get(`days/${day}/lines?acquirer=${acquirer}&issuer=${issuer}&service=${service}&after=${after}&limit=7`)
      ).body
      if (page.length === 0) break
      lines.push(...page)
      after = page.at(-1).id
    }
    expect(lines).toHaveLength(transactions + entries)
    const { body: story } = await get(`transactions/${lines[0]!.id}`)
    expect(story).toMatchObject({
      id: lines[0]!.id,
      file: { sender: mine, clearingDay: day },
      outcome: { code: '000000' }
    })
    expect(story.byteOffset).toBeGreaterThan(0)
    expect(story.file.digest).toMatch(/^[0-9a-fA-F]{64}$/)
    for (const { participant } of [...story.day.positions, ...story.day.statements]) expect(participant).toBe(mine)
  })

  it('keeps others’ lines, statements, files and disputes from us, as if they were not there', async () => {
    expect((await get(`transactions/${disputed}`)).body.code).toBe('transaction-not-found')
    const foreign = await sql<
      { id: number }[]
    >`select id from published_file where participant <> ${ids.get(mine)!} limit 3`
    for (const { id } of foreign) {
      expect((await get(`statements/${id}`)).body.code).toBe('published-file-not-found')
      expect((await get(`statements/${id}/signature`)).body.code).toBe('published-file-not-found')
    }
    const files = (await get('files')).body
    expect(files).toHaveLength(1)
    expect((await get(`files/${files[0].id}/rejects`)).body).toHaveLength(files[0].rejected)
    const [theirs] = await sql<{ id: number }[]>`select id from card_file where sender = ${ids.get(other)!}`
    expect((await get(`files/${theirs!.id}/rejects`)).body).toEqual([])
    expect((await get('disputes')).body).toEqual([])
  })

  it('gives out our statements with their signatures, and writes down that we have them', async () => {
    const { statements } = (await get(`days/${day}`)).body
    const { id, digest, receivedAt } = statements[0]
    expect(receivedAt).toBeNull()
    const file = await get(`statements/${id}`)
    expect(file).toMatchObject({ status: 200 })
    expect(file.headers['content-digest']).toBe(`sm3=:${Buffer.from(digest, 'hex').toString('base64')}:`)
    expect((await get(`statements/${id}/signature`)).status).toBe(200)
    expect((await get(`days/${day}`)).body.statements[0].receivedAt).not.toBeNull()
  })
})

describe('the database', () => {
  const own = async <Result>(work: Parameters<typeof asParticipant<Result>>[2]) =>
    await asParticipant(sql, ids.get(mine)!, work)

  it.each([
    ['card_transaction', 'acquirer'],
    ['card_file', 'sender'],
    ['position', 'participant'],
    ['settlement_total', 'acquirer'],
    ['statement_number', 'participant'],
    ['published_file', 'participant']
  ])('a forged query on %s finds our rows and no other', async (table, column) => {
    const seen = await own(
      async (tx) =>
        await tx<{ of: number; rows: number }[]>`
        select ${tx(column)} as of, count(*)::integer as rows from ${tx(table)} where true or ${tx(column)} = ${ids.get(other)!} group by 1`
    )
    expect(seen.map((each) => each.of)).toEqual([ids.get(mine)])
    const [all] = await sql`select count(distinct ${sql(column)})::integer as parties from ${sql(table)}`
    expect(all!['parties']).toBeGreaterThan(1)
  })

  it('an issuer sees lines on its cards wherever they were taken, and the files they came in, not what those refused', async () => {
    const issuer = ids.get('02215840')!
    const seen = await asParticipant(sql, issuer, async (tx) => ({
      lines: await tx`select distinct issuer from card_transaction`,
      files: await tx`select count(*)::integer as files from card_file`,
      rejects: await tx`select count(*)::integer as rejects from card_reject`
    }))
    const [touched] = await sql<{ files: number }[]>`
      select count(distinct file_id)::integer as files from card_transaction where issuer = ${issuer}`
    expect(seen).toEqual({ lines: [{ issuer }], files: [touched], rejects: [{ rejects: 0 }] })
  })

  it('putting another name in place shows nothing at all: the seal is not its own', async () => {
    const rows = await own(async (tx) => {
      await tx`select set_config('app.participant', ${String(ids.get(other)!)}, true)`
      return await tx`select count(*)::integer as rows from card_file`
    })
    expect(rows).toEqual([{ rows: 0 }])
    await expect(own(async (tx) => await tx`select enter_portal(${ids.get(other)!}::smallint)`)).rejects.toThrow(
      'permission denied'
    )
    await expect(own(async (tx) => await tx`select portal_seal('1')`)).rejects.toThrow('permission denied')
    await expect(own(async (tx) => await tx`select * from portal_secret`)).rejects.toThrow('permission denied')
  })

  it.each([
    'journal_entry',
    'hotlist_entry',
    'sign_in_account',
    'participant_account',
    'card_transaction_20260302',
    'agreement'
  ])(
    'what is not of the portal is not read: %s',
    async (table) =>
      await expect(own(async (tx) => await tx`select * from ${tx(table)} limit 1`)).rejects.toThrow('permission denied')
  )

  it('nothing is written', async () => {
    await expect(own(async (tx) => await tx`update position set income = 0`)).rejects.toThrow('permission denied')
    await expect(own(async (tx) => await tx`delete from card_file`)).rejects.toThrow('permission denied')
    await expect(own(async (tx) => await tx`select public_key from participant`)).rejects.toThrow('permission denied')
  })

  it('and the next unit of work on the connection is the platform’s again', async () => {
    await own(async (tx) => await tx`select 1`)
    const rows = await Promise.all(
      Array.from({ length: 20 }, async () => await sql`select count(*)::integer as files from card_file`)
    )
    for (const [row] of rows) expect(row).toEqual({ files: 2 })
  })
})
