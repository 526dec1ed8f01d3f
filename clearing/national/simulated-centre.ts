// The national centre of the sample province and of tests: takes our CD files over the interface's own TCP transfer, checks their frame, and
// answers a day with LD, FB, CL, CR and BP as the deployed layouts have them. Its rates and its conduct are samples; TACs it believes.
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDay, type BusinessDay } from '../business-day.ts'
import { readFile as readInterfaceFile, type Row } from '../card-files/exchange/every-file.ts'
import { buildFileName, parseFileName } from '../card-files/file-names.ts'
import { purseSegment, purseSegmentStart } from '../card-files/cttic-layouts.ts'
import { bpRecord, clRecord, crRecord, fbRecord, ldRecord, type ResultKind } from '../card-files/result-layouts.ts'
import { addExact, fen, roundExact, subtractExact, sumFen, zeroExactFen, type ExactFen, type Fen } from '../money.ts'
import { feeFor, type Fee } from '../rating/fee-rules.ts'
import { resultBytes } from '../statements/statement-rules.ts'
import { offerFile, openPartialFiles } from '../transfer/partial-files.ts'
import { serveTransfers, transferCodes, type TransferServer, type TransferStore } from '../transfer/serve-transfers.ts'

/** Of a day's lines each nth gets this fate; nothing happens without. */
export interface CentreConduct {
  rejectEvery?: number
  forgetEvery?: number
  chargeMoreEvery?: number
}

export interface SimulatedCentre {
  port: number
  /** Rides of cards elsewhere: a CD file of another province's acquirer, told to the cards' issuers with the next results. */
  takeAbroad(name: string, bytes: Uint8Array): Promise<void>
  stop(): Promise<void>
}

/** Acquirer half, issuer three tenths of 0.35 %, as seen in another province (card.md §2.10). */
const rates = { chargeRate: '0.0035', acquirerShare: '0.5', issuerShare: '0.3' }
const dearer = { ...rates, chargeRate: '0.0045' }
const memberCode = '30085800'
const uploadBytesMax = 700_000_000

export async function startSimulatedCentre(
  folder: string,
  { host = '127.0.0.1', port = 0, conduct = {} }: { host?: string; port?: number; conduct?: CentreConduct } = {}
): Promise<SimulatedCentre> {
  const places = { received: join(folder, 'received'), abroad: join(folder, 'abroad'), done: join(folder, 'done') }
  for (const place of Object.values(places)) await mkdir(place, { recursive: true })
  const partial = openPartialFiles(join(folder, 'partial'), { bytesMax: uploadBytesMax })
  const store: TransferStore<string> = {
    admit: async (organisation) => (organisation === memberCode ? { member: organisation } : null),
    async begin(member, file) {
      const name = parseFileName(file.name)
      if ('fault' in name || name.organisation !== member) return { code: transferCodes.fileRefused }
      return await partial.begin(member, file)
    },
    write: async (member, file, bytes, at) => await partial.write(member, file, bytes, at),
    finish: async (member, file) =>
      await partial.finish(member, file, async (path) => {
        const known = [...(await readdir(places.done)), ...(await readdir(places.received))]
        if (!known.includes(file.name)) await rename(path, join(places.received, file.name))
        return transferCodes.done
      }),
    async offer(_member, text) {
      const day = parseDay(text)
      if (!day) return []
      const results = join(folder, 'results', day)
      await settleDay(places, { day, results, conduct })
      const names = await readdir(results).catch(() => [])
      return await Promise.all(names.map(async (name) => await offerFile(join(results, name), name)))
    }
  }
  const server: TransferServer = await serveTransfers({ host, port, store })
  return {
    port: server.port,
    takeAbroad: async (name, bytes) => await writeFile(join(places.abroad, name), bytes),
    stop: async () => await server.stop()
  }
}

interface Settling {
  day: BusinessDay
  results: string
  conduct: CentreConduct
}

interface Line {
  row: Row
  raw: Buffer
  fee: Fee
  code: string
}

/** Everything that waits is settled into the day that is asked for, once: a day that has results stays as it is. */
async function settleDay(
  places: Record<'received' | 'abroad' | 'done', string>,
  { day, results, conduct }: Settling
): Promise<void> {
  const waiting = [...(await readdir(places.received)), ...(await readdir(places.abroad))]
  if (waiting.length === 0 || (await readdir(results).catch(() => [])).length > 0) return
  const uploads = await readAll(places.received)
  const abroad = (await readAll(places.abroad)).flatMap((file) => linesOf(file.bytes, {}))
  const answered = uploads.map((file) => ({ ...file, lines: linesOf(file.bytes, conduct) }))
  const files = resultsOf(day, { uploads: answered, abroad })
  await mkdir(`${results}.part`, { recursive: true })
  for (const { name, bytes } of files) await writeFile(join(`${results}.part`, name), bytes)
  await rename(`${results}.part`, results)
  for (const place of [places.received, places.abroad])
    for (const name of await readdir(place)) await rename(join(place, name), join(places.done, name))
}

async function readAll(folder: string): Promise<{ name: string; bytes: Buffer }[]> {
  const names = (await readdir(folder)).toSorted()
  return await Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })))
}

function linesOf(bytes: Buffer, { rejectEvery, forgetEvery, chargeMoreEvery }: CentreConduct): Line[] {
  const raw = bytes.toString('latin1').split('\r\n').slice(1)
  const every = (nth: number, of: number | undefined): boolean => of !== undefined && (nth + 1) % of === 0
  const all = readInterfaceFile('CD', bytes).rows.map((row, nth): Line => {
    const terms = every(nth, chargeMoreEvery) ? dearer : rates
    const fee = feeFor(fen(row['amount'] as number), terms)
    return { row, raw: Buffer.from(raw[nth]!, 'latin1'), fee, code: every(nth, rejectEvery) ? '020009' : '000000' }
  })
  return all.filter((_, nth) => !every(nth, forgetEvery))
}

interface Answered {
  uploads: { name: string; bytes: Buffer; lines: Line[] }[]
  abroad: Line[]
}

function resultsOf(day: BusinessDay, { uploads, abroad }: Answered): { name: string; bytes: Buffer }[] {
  const lines = uploads.flatMap((file) => file.lines)
  const good = lines.filter((line) => line.code === '000000')
  const records: Record<ResultKind, Buffer[]> = {
    LD: uploads.map(({ name }, nth) =>
      ldRecord.write({
        fileSequence: '00000001',
        fileIndex: String(nth + 1).padStart(4, '0'),
        fileName: name,
        code: '000000',
        description: 'SUCCESS'
      })
    ),
    FB: lines.map((line, nth) => fbRecord.write({ ...commonOf(line, nth), receiver: line.row['acquirer'] as string })),
    CL: abroad.map((line, nth) =>
      clRecord.write({
        ...commonOf(line, lines.length + nth),
        receiver: line.row['issuer'] as string,
        acquirerCode: line.row['acquirerCode'] as string,
        balanceKind: '0',
        algorithm: line.row['algorithm'] as string,
        purseSegment: line.raw.toString('latin1', purseSegmentStart, purseSegmentStart + purseSegment.width)
      })
    ),
    CR: crOf([...good, ...abroad]),
    BP: [bpOf(good, abroad)]
  }
  const header = { clearingDay: day, receiver: memberCode }
  return (['LD', 'FB', 'CL', 'CR', 'BP'] as const)
    .filter((kind) => kind === 'BP' || records[kind].length > 0)
    .map((kind) => ({
      name: buildFileName({ kind, day, time: '000000', organisation: memberCode, sequence: 1, version: 'A' }),
      bytes: resultBytes(kind, header, records[kind])
    }))
}

const noFee: Fee = { fee: zeroExactFen, acquirerFee: zeroExactFen, issuerFee: zeroExactFen }

function commonOf({ row, fee, code }: Line, nth: number) {
  const text = (name: string): string => row[name] as string
  return {
    clearingSequence: String(nth + 1).padStart(12, '0'),
    acquirerSequence: text('acquirerSequence'),
    acquirerDate: text('acquirerDate'),
    retrievalReference: text('retrievalReference'),
    business: '8451',
    issuer: text('issuer'),
    acquirer: text('acquirer'),
    sender: text('sender'),
    merchantCategory: text('merchantCategory'),
    channel: text('channel'),
    cardNumber: text('cardNumber'),
    cardSequence: row['cardSequence'] as number,
    balanceBefore: row['balanceBefore'] as number,
    amount: row['amount'] as number,
    occurredAt: `${text('purseDate')}${text('purseTime')}`,
    code,
    description: code === '000000' ? 'SUCCESS' : '黑名单状态错',
    test: '0',
    ...(code === '000000' ? fee : noFee)
  }
}

function crOf(lines: readonly Line[]): Buffer[] {
  const pairs = Map.groupBy(lines, ({ row }) => `${String(row['acquirer'])} ${String(row['issuer'])}`)
  return [...pairs.values()].map((pair) => {
    const [acquirer, issuer] = [pair[0]!.row['acquirer'] as string, pair[0]!.row['issuer'] as string]
    const sum = (of: (fee: Fee) => ExactFen): Fen => roundExact(addExact(...pair.map((line) => of(line.fee))))
    return crRecord.write({
      acquirer,
      receiver: issuer,
      issuer,
      sender: acquirer,
      business: '8451',
      adjustment: '0',
      code: '000000',
      description: '成功交易',
      transactions: pair.length,
      amount: sumAmounts(pair),
      acquirerFee: sum((fee) => fee.acquirerFee),
      disputeFee: 0,
      issuerFee: sum((fee) => fee.issuerFee),
      centreFee: sum((fee) => subtractExact(fee.fee, fee.acquirerFee, fee.issuerFee)),
      test: '0'
    })
  })
}

/** For us: what our acquirers get, and what our issuers owe. */
function bpOf(good: readonly Line[], abroad: readonly Line[]): Buffer {
  const keeps = good.map(({ fee }) => subtractExact(fee.fee, fee.acquirerFee))
  const income = roundExact(subtractExact(sumAmounts(good), ...keeps))
  const expense = roundExact(subtractExact(sumAmounts(abroad), ...abroad.map(({ fee }) => fee.issuerFee)))
  return bpRecord.write({
    income,
    expense,
    testIncome: 0,
    testExpense: 0,
    depositChange: Math.abs(income - expense),
    sign: income < expense ? '1' : '0'
  })
}

function sumAmounts(lines: readonly Line[]): Fen {
  return sumFen(lines.map(({ row }) => fen(row['amount'] as number)))
}
