// A fabricated card day through the whole of clearing, and the real Shenzhen day; then everything a tamperer might touch.
import { execFileSync } from 'node:child_process'
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KeyStore } from '../../card-crypto/key-store.ts'
import { tacBatch } from '../../card-crypto/tac-batch.ts'
import type { BusinessDay } from '../business-day.ts'
import { bpRecord, clRecord, crRecord, fbRecord, ldRecord, readResultHeader } from '../card-files/result-layouts.ts'
import { openClearingContext, type ClearingContext } from '../context.ts'
import { transaction } from '../database.ts'
import { fabricateCardDay } from '../fabrication/fabricate-card-day.ts'
import type { Manifest } from '../fabrication/manifest.ts'
import { sampleTacRoots } from '../fabrication/sample-keys.ts'
import { ingestFile } from '../ingestion/ingest-file.ts'
import { addExact, roundExact, subtractExact, sumFen, type ExactFen } from '../money.ts'
import { replaceHotlist } from '../participants/hotlist-queries.ts'
import { findParticipant, listParticipants } from '../participants/participant-queries.ts'
import { seedParticipants } from '../participants/seed-participants.ts'
import type { Publication } from '../statements/statement-schemas.ts'
import { createTestDatabase } from '../test-database.ts'
import { closeDay } from './close-day.ts'
import { explainTransaction } from './explain-transaction.ts'
import { publicKeyFile } from './issue-files.ts'
import { findPublication, helpPublish, publishDay } from './publish-day.ts'
import { makeStatements } from '../statements/make-statements.ts'
import { countPieces } from '../statements/pieces/piece-queries.ts'
import { findSettlement, settleDay } from './settle-day.ts'
import { listTotalLines } from './settlement-queries.ts'
import { verifyDay } from './verify-day.ts'

const { sql } = await createTestDatabase()
const folder = await mkdtemp(join(tmpdir(), 'clear-day-'))
// After the last ride and before the cut.
const now = new Date('2026-03-03T02:30:00+08:00')
const day = '2026-03-03' as BusinessDay
const tacs = tacBatch(sampleTacRoots)
let context: ClearingContext
let manifest: Manifest
let codes: Map<number, string>

beforeAll(async () => {
  await seedParticipants(sql)
  context = await openClearingContext({ sql, keys: 'in-process', dataFolder: folder, sample: true })
  manifest = await fabricateCardDay(
    {
      transactions: 6000,
      seed: 11,
      day: '2026-03-02' as BusinessDay,
      signTacs: (records, count) => tacs.stamp(records, count),
      acquirers: ['12205810', '12215840', '11616020'],
      recordsPerFile: 900
    },
    async (name, bytes) => await appendFile(join(folder, name), bytes)
  )
  for (const [issuer, cards] of Map.groupBy(manifest.hotlist, (entry) => entry.issuer)) {
    const id = (await findParticipant(sql, issuer))!.id
    const numbers = cards.map((card) => card.cardNumber)
    await transaction(sql, async (tx) => await replaceHotlist(tx, id, numbers, new Date('2026-01-01T00:00:00Z')))
  }
  for (const { name } of manifest.files) await ingestFile(context, { path: join(folder, name), name }, now)
  const [late] = manifest.files
  const broken = `${late!.name.slice(0, 23)}9999999999A`.replace(/^(.{32}).*$/, '$1A')
  await writeFile(join(folder, broken), 'no header')
  await ingestFile(context, { path: join(folder, broken), name: broken }, now)
  codes = new Map((await listParticipants(sql)).map((each) => [each.id, each.code]))
})
afterAll(async () => {
  await context.keys.close()
  await rm(folder, { recursive: true, force: true })
})

async function published(kind: string, member?: string): Promise<{ name: string; bytes: Buffer }[]> {
  const { files } = (await findPublication(sql, day))!
  const wanted = files.filter((file) => file.kind === kind && (!member || file.participant === member))
  return await Promise.all(
    wanted.map(async ({ name }) => ({ name, bytes: await readFile(join(context.folders.published, day, name)) }))
  )
}

interface Layout<Value> {
  width: number
  read(bytes: Buffer, at: number): Value
}

function records<Value>(kind: 'LD' | 'FB' | 'CL' | 'CR' | 'BP', layout: Layout<Value>, bytes: Buffer): Value[] {
  const header = readResultHeader(kind, bytes)
  return Array.from({ length: header.records }, (_, index) => layout.read(bytes, 55 + index * layout.width))
}

/** Names and bytes of everything in the published folder. */
async function snapshot(): Promise<Map<string, string>> {
  const names = await readdir(join(context.folders.published, day))
  const entries = await Promise.all(
    names.map(
      async (name) => [name, (await readFile(join(context.folders.published, day, name))).toString('hex')] as const
    )
  )
  return new Map(entries)
}

describe('a fabricated card day', () => {
  let first: Publication

  it('is cleared to what its maker counted', async () => {
    await closeDay(context, day, now)
    const settlement = await settleDay(context, day, now)
    expect(settlement).toMatchObject({ amount: manifest.amount, price: manifest.price })
    const totals = settlement.totals.map(({ acquirer, issuer, service, transactions, entries, amount, price }) => ({
      acquirer: codes.get(acquirer)!,
      issuer: codes.get(issuer)!,
      service,
      transactions: transactions + entries,
      entries,
      amount,
      price
    }))
    const byParties = (a: (typeof totals)[0], b: (typeof totals)[0]) =>
      a.acquirer.localeCompare(b.acquirer) || a.issuer.localeCompare(b.issuer) || a.service - b.service
    expect(totals.sort(byParties)).toEqual(manifest.totals)
    expect(sumFen(settlement.positions.map((position) => position.income))).toBe(
      sumFen(settlement.positions.map((position) => position.expense))
    )
    first = await publishDay(context, day, now)
    expect(first.files.length).toBeGreaterThan(40)
  })

  it('answers every line of every file with exactly one FB record, rejected ones with their code and no fee', async () => {
    const all = (await published('FB')).flatMap(({ bytes }) => records('FB', fbRecord, bytes))
    expect(all).toHaveLength(manifest.lines)
    expect(new Set(all.map((record) => record.clearingSequence)).size).toBe(manifest.lines)
    const rejected = all.filter((record) => record.code !== '000000')
    const counts = Object.fromEntries(
      [...Map.groupBy(rejected, (each) => each.code)].map(([code, list]) => [code, list.length])
    )
    expect(counts).toEqual(manifest.rejected)
    for (const record of rejected) expect(record).toMatchObject({ fee: '0', acquirerFee: '0', issuerFee: '0' })
    expect(sumFen(all.filter((each) => each.code === '000000').map((each) => each.amount as never))).toBe(
      manifest.amount
    )
  })

  it('sends issuers CL records that add up to their CR and BP, fee by fee', async () => {
    for (const { participant } of first.files.filter((file) => file.kind === 'CL' && file.part === 1)) {
      const cl = (await published('CL', participant)).flatMap(({ bytes }) => records('CL', clRecord, bytes))
      const [cr] = await published('CR', participant)
      const pairs = records('CR', crRecord, cr!.bytes)
      expect(pairs.reduce((sum, pair) => sum + pair.transactions, 0)).toBe(cl.length)
      for (const pair of pairs) {
        const mine = cl.filter((record) => record.acquirer === pair.acquirer)
        expect(mine.reduce((sum, record) => sum + record.amount, 0)).toBe(pair.amount)
        expect(roundExact(addExact(...mine.map((record) => record.issuerFee)))).toBe(pair.issuerFee)
        expect(roundExact(addExact(...mine.map((record) => record.acquirerFee)))).toBe(pair.acquirerFee)
      }
      const [bp] = await published('BP', participant)
      const [net] = records('BP', bpRecord, bp!.bytes)
      const expense = cl.map((record) => subtractExact(String(record.amount) as ExactFen, record.issuerFee))
      expect(net).toMatchObject({ income: 0, expense: roundExact(addExact(...expense)), sign: '1' })
    }
  })

  it('tells senders what became of their files, the refused one included', async () => {
    const answers = (await published('LD')).flatMap(({ bytes }) => records('LD', ldRecord, bytes))
    const taken = answers.filter((answer) => answer.code === '000000')
    expect(taken.map((answer) => answer.fileName).sort()).toEqual(manifest.files.map((file) => file.name).sort())
    const refused = answers.filter((answer) => answer.code !== '000000')
    expect(refused).toHaveLength(1)
    expect(refused[0]!.fileName).toMatch(/9999999A$/)
  })

  it('is published once: again, at once and after a file was lost, with the same bytes and signatures', async () => {
    const before = await snapshot()
    expect(await publishDay(context, day, new Date())).toEqual(first)
    await rm(join(context.folders.published, day, first.files[3]!.name))
    await writeFile(join(context.folders.published, day, `${first.files[5]!.name}.sig`), 'spoilt')
    await Promise.all([publishDay(context, day, new Date()), publishDay(context, day, new Date())])
    expect(await snapshot()).toEqual(before)
  })

  it('goes on where a publisher died, with others who help: the same bytes and signatures', async () => {
    const before = await snapshot()
    await rm(join(context.folders.published, day), { recursive: true })
    await transaction(sql, async (tx) => {
      await tx`set local session_replication_role = replica`
      await tx`delete from published_file where day = ${day} and kind in ('FB', 'statement')`
    })
    let signatures = 3
    const signFile: KeyStore['signFile'] = async (...order) => {
      if (signatures-- === 0) throw new Error('killed')
      return await context.keys.signFile(...order)
    }
    const keys = new Proxy(context.keys, {
      get: (target, name) => (name === 'signFile' ? signFile : Reflect.get(target, name, target).bind(target))
    })
    await expect(publishDay({ ...context, keys }, day, now)).rejects.toThrow('killed')
    const { all, open } = await countPieces(sql, day)
    expect(open).toBeGreaterThan(0)
    expect(all - open).toBeGreaterThan(manifest.files.length)
    const help = async (): Promise<void> => {
      while (await helpPublish(context, day));
    }
    await Promise.all([publishDay(context, day, now), help(), help()])
    const after = await snapshot()
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort())
    for (const [name, bytes] of after) if (!/^(FB|statement).*\.sig$/.test(name)) expect(bytes).toBe(before.get(name))
    expect((await readdir(context.folders.published)).filter((name) => name.startsWith('.'))).toEqual([])
    expect(await countPieces(sql, day)).toEqual({ all: 0, open: 0 })
  })

  it('is signed so that openssl alone can verify it', async () => {
    const place = join(context.folders.published, day)
    const arguments_ = (name: string) =>
      `dgst -sm3 -verify ${publicKeyFile} -sigopt distid:1234567812345678 -signature ${name}.sig ${name}`.split(' ')
    for (const kind of ['FB', 'BP', 'statement', 'paper', 'workbook']) {
      const { name } = first.files.find((file) => file.kind === kind)!
      expect(execFileSync('openssl', arguments_(name), { cwd: place, encoding: 'utf8' })).toContain('Verified OK')
    }
    const page = (await published('statement'))[0]!.bytes.toString()
    expect(page).toContain((await readFile(join(place, publicKeyFile), 'utf8')).trim())
  })

  it('numbers statements without a gap', async () => {
    expect(await sql`select distinct number from statement_number`).toEqual([{ number: 1 }])
    expect(first.files.every((file) => file.kind.length !== 2 || file.name.endsWith('0000000001A'))).toBe(true)
  })

  it('verifies', async () => {
    const report = await verifyDay(context, day)
    expect(report.firstFault).toBeNull()
    const files = manifest.files.map((_, index) => `file ${index + 1}`)
    const checks = [...files, 'money', 'postings', 'discounts', 'ledger', 'published files', 'reproduction']
    expect(report.findings.map((finding) => finding.check)).toEqual(checks)
  })

  it('makes a statement of an older style in that style: the same bytes as then', async () => {
    await transaction(sql, async (tx) => {
      await tx`set local session_replication_role = replica`
      await tx`update statement_number set style = 1`
    })
    const workshop = await mkdtemp(join(folder, 'old-style-'))
    const old = await makeStatements(context, day, workshop)
    expect(new Set(old.map(({ kind }) => kind)).has('paper')).toBe(false)
    const page = old.find(({ kind }) => kind === 'statement')!
    expect(await readFile(join(workshop, page.name), 'utf8')).not.toContain('版式')
    await transaction(sql, async (tx) => {
      await tx`set local session_replication_role = replica`
      await tx`update statement_number set style = 2`
    })
  })

  it('leads from every total to its lines, page by page', async () => {
    const [total] = (await findSettlement(sql, day))!.totals.toSorted((a, b) => b.amount - a.amount)
    const lines = []
    for (let after = { file: 0, line: 0 }; ;) {
      const page = await listTotalLines(sql, day, { ...total!, after, limit: 50 })
      lines.push(...page)
      if (page.length < 50) break
      const [file, line] = page.at(-1)!.id.split(':').map(Number)
      after = { file: file!, line: line! }
    }
    expect(lines).toHaveLength(total!.transactions + total!.entries)
    expect(lines.reduce((sum, line) => sum + (line.entry ? 0 : line.amount), 0)).toBe(total!.amount)
    const story = await explainTransaction(context, lines[0]!.id)
    expect(story.file).toMatchObject({ signatureState: 'absent', signature: null })
    expect(story.byteOffset).toBeGreaterThan(0)
  })

  it('explains an accepted line, a rejected one and one that is none', async () => {
    const [row] =
      await sql`select file_id, line_number, amount from card_transaction where amount > 0 order by 1, 2 limit 1`
    const id = `${row!['fileId']}:${row!['lineNumber']}`
    const story = await explainTransaction(context, id)
    expect(story).toMatchObject({
      outcome: { code: '000000' },
      transaction: { charged: row!['amount'] },
      tac: { proved: true, verdict: 'valid' },
      fee: { chargeRate: '0.0035' },
      day: { day, state: 'published', statements: [{ number: 1 }, { number: 1 }] }
    })
    const fb = (await published('FB')).flatMap(({ bytes }) => records('FB', fbRecord, bytes))
    expect(fb.find((record) => record.clearingSequence === story.day!.serial)!.amount).toBe(row!['amount'])
    const [bad] = await sql`select file_id, line_number from card_reject where code = '020004' limit 1`
    expect(await explainTransaction(context, `${bad!['fileId']}:${bad!['lineNumber']}`)).toMatchObject({
      outcome: { code: '020004', english: 'the TAC does not verify' },
      tac: { verdict: 'wrong' }
    })
    for (const nothing of ['1:1', '1:999999', '999:2', 'x'])
      await expect(explainTransaction(context, nothing)).rejects.toMatchObject({ code: 'transaction-not-found' })
  })
})

describe('verify says the first thing that is wrong when somebody', () => {
  /** Does it as a superuser would, asks, and puts it back. */
  async function firstFault(change: string, back: string): Promise<string> {
    const write = async (statement: string) =>
      await transaction(sql, async (tx) => {
        await tx`set local session_replication_role = replica`
        await tx.unsafe(statement)
      })
    await write(change)
    const report = await verifyDay(context, day)
    await write(back)
    return `${report.firstFault?.check}: ${report.firstFault?.detail}`
  }

  it.each([
    [
      'changes an amount',
      'update card_transaction set amount = amount + 1 where file_id = 2 and line_number = 7',
      'update card_transaction set amount = amount - 1 where file_id = 2 and line_number = 7',
      /^file 2: transaction 2:7 is stored as/
    ],
    [
      'moves a row to another line',
      'update card_transaction set line_number = 100000 where file_id = 1 and line_number = 5',
      'update card_transaction set line_number = 5 where line_number = 100000',
      /^file 1: line 1:5 became neither a transaction nor a reject/
    ],
    [
      'drops a reject',
      "update card_reject set file_id = 999 where code = '020004'",
      'update card_reject set file_id = (select min(id) from card_file) where false',
      /neither a transaction nor a reject/
    ],
    [
      'changes what a day was settled to',
      'update settlement_total set amount = amount + 1 where ctid = (select min(ctid) from settlement_total)',
      'update settlement_total set amount = amount - 1 where ctid = (select max(ctid) from settlement_total)',
      /^money: settled total .*: amount is/
    ],
    [
      'changes a position',
      'update position set income = income + 5, expense = expense + 5 where income > 0',
      'update position set income = income - 5, expense = expense - 5 where income > 0',
      /^money: position .*: income is/
    ],
    [
      'changes a posted amount',
      'update journal_entry set amount = amount + 1 where sequence = 2',
      'update journal_entry set amount = amount - 1 where sequence = 2',
      /^postings: ledger leg/
    ],
    [
      'breaks the chain',
      "update journal set posted_at = posted_at + interval '1 second'",
      "update journal set posted_at = posted_at - interval '1 second'",
      /^ledger: entry 1:/
    ]
  ])('%s', async (_, change, back, expected) => {
    const kept = await sql`select * from card_reject where code = '020004'`
    expect(await firstFault(change, back)).toMatch(expected)
    await transaction(sql, async (tx) => {
      await tx`delete from card_reject where file_id = 999`
      for (const row of kept) await tx`insert into card_reject ${tx(row)} on conflict do nothing`
    })
  })

  it.each([
    ['flips a byte of an archived file', 'archive', /^file 1: the archived bytes are not those/],
    ['flips a byte of a published file', 'published', /^published files: FB.*: the signature is not over these bytes/]
  ])('%s', async (_, where, expected) => {
    const [file] = await sql`select stored_as from card_file where id = 1`
    const [sent] = await sql`select stored_as from published_file where kind = 'FB' order by id limit 1`
    const path =
      where === 'archive'
        ? join(context.folders.archive, file!['storedAs'] as string)
        : join(context.folders.published, sent!['storedAs'] as string)
    const bytes = await readFile(path)
    const spoilt = Buffer.from(bytes)
    // The last byte of the header line: no record is touched, only the digest tells.
    spoilt[38]! ^= 1
    await writeFile(path, spoilt)
    const report = await verifyDay(context, day)
    await writeFile(path, bytes)
    expect(`${report.firstFault?.check}: ${report.firstFault?.detail}`).toMatch(expected)
  })

  it('and nothing once all of it is put back', async () => {
    expect((await verifyDay(context, day)).firstFault).toBeNull()
  })
})

describe('the Shenzhen open-data day', () => {
  it('is settled operator by operator as its lines say, published as tables, and verifies', async () => {
    const packed = new URL('../../services/local/sample-province/shenzhen-tong-2018-09-01.csv.gz', import.meta.url)
    const csv = gunzipSync(await readFile(packed))
    const path = join(folder, 'shenzhen.csv')
    await writeFile(path, csv)
    const receipt = await ingestFile(context, { path, name: 'shenzhen-tong-2018-09-01.csv' }, now)
    const second = receipt.clearingDay!
    await closeDay(context, second, now)
    const settlement = await settleDay(context, second, now)
    expect(settlement).toMatchObject({ transactions: 27_379, entries: 9_620 })
    const { files } = await publishDay(context, second, now)
    expect(files.some((file) => file.kind === 'FB' || file.kind === 'CL')).toBe(false)
    const expected = new Map<string, [charged: number, price: number]>()
    for (const line of new Set(csv.toString('utf8').trimEnd().split('\n').slice(1))) {
      const [, , , money, value, , company] = line.split(',')
      const sums = expected.get(company!) ?? [0, 0]
      expected.set(company!, [sums[0] + Number(money), sums[1] + Number(value)])
    }
    const names = new Map((await listParticipants(sql)).map((each) => [each.id, each.name]))
    const settled = new Map(settlement.totals.map((total) => [names.get(total.acquirer)!, [total.amount, total.price]]))
    expect(settled).toEqual(expected)
    const table = files.find((file) => file.kind === 'transactions' && file.participant === '02215840')!
    expect(table.lines).toBe(36_999)
    const [duplicate] = await sql`select file_id, line_number from card_reject where file_id = ${receipt.id}`
    const pages = files.filter((file) => file.kind === 'statement')
    const telling = await Promise.all(
      pages.map(async ({ name }) => await readFile(join(context.folders.published, second, name), 'utf8'))
    )
    const key = `${duplicate!['fileId']}:${duplicate!['lineNumber']}`
    expect(telling.filter((page) => page.includes(`>${key}<`))).toHaveLength(2)
    expect((await verifyDay(context, second)).firstFault).toBeNull()
    expect(
      await sql`select distinct number from statement_number where day = ${second} and participant in
      (select participant from statement_number where day = ${day})`
    ).toEqual([{ number: 2 }])
  })
})
