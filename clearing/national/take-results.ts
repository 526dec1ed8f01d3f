// Takes in the results of the national centre, each once by its name: LD answers our file, FB our lines, CL brings our cards' rides in other
// provinces (taken in like any card file, so that they are checked, re-rated and handed to their issuers), CR and BP must come to their lines.
import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sm3 } from '../../card-crypto/sm3.ts'
import type { BusinessDay } from '../business-day.ts'
import { readFile as readInterfaceFile } from '../card-files/exchange/every-file.ts'
import { parseFileName } from '../card-files/file-names.ts'
import type { bpRecord, clRecord, crRecord, fbRecord, ldRecord, ResultKind } from '../card-files/result-layouts.ts'
import type { Layout } from '../card-files/fixed-width.ts'
import type { ClearingContext } from '../context.ts'
import { transaction, type Transaction } from '../database.ts'
import { ingestFile } from '../ingestion/ingest-file.ts'
import { addExact, fen, subtractExact, sumFen, zeroExactFen, zeroFen, type ExactFen } from '../money.ts'
import { findClearingCentre } from '../participants/participant-queries.ts'
import { insertDifferences } from './difference-queries.ts'
import { takeBins } from './take-bins.ts'
import { judgeAnswer, judgePosition, judgeTotals, type Answer, type Difference } from './national-rules.ts'
import {
  findSent,
  insertResult,
  markAnswered,
  markFileAnswered,
  sumTheirDay,
  type NationalResult
} from './national-queries.ts'

const answersAtOnce = 5000
const resultsFolder = 'national'

type Row<Of> = Of extends Layout<infer Value> ? Value : never

export interface NationalFile {
  path: string
  name: string
}

/** In the order in which they explain each other: files, lines, then sums. */
export const resultOrder: readonly string[] = ['BN', 'LD', 'FB', 'CL', 'CR', 'BP']

/** Throws a SyntaxError when it is not for us or cannot be read: it is not acknowledged then. */
export async function takeResult(context: ClearingContext, file: NationalFile, now: Date): Promise<void> {
  const { sql, folders } = context
  const name = parseFileName(file.name)
  if ('fault' in name) throw new SyntaxError(`${file.name}: ${name.detail}`)
  const centre = await findClearingCentre(sql)
  if (name.organisation !== centre.code) throw new SyntaxError(`${file.name} is for ${name.organisation}`)
  const bytes = await readFile(file.path)
  const storedAs = join(resultsFolder, file.name)
  await mkdir(join(folders.archive, resultsFolder), { recursive: true })
  await copyFile(file.path, join(folders.archive, storedAs))
  if (name.kind === 'BN') {
    const { rows } = readInterfaceFile('BN', bytes)
    await transaction(sql, async (tx) => {
      const facts = { name: file.name, kind: 'BN', day: null, lines: rows.length, digest: sm3(bytes), storedAs }
      const taken = await insertResult(tx, { ...facts, amount: zeroFen, net: null, fileId: null, receivedAt: now })
      if (taken !== undefined) await takeBins(tx, rows as unknown as { issuer: string; bin: string }[], name.day)
    })
    return
  }
  const kind = name.kind as ResultKind
  const { rows, clearingDay } = readInterfaceFile(kind, bytes)
  const base = {
    name: file.name,
    kind,
    day: clearingDay!,
    lines: rows.length,
    digest: sm3(bytes),
    storedAs,
    receivedAt: now
  }
  await takers[kind](context, { file, rows, base, now })
}

interface Taking {
  file: NationalFile
  rows: Record<string, unknown>[]
  base: Omit<NationalResult, 'id' | 'amount' | 'net' | 'fileId'> & {
    day: BusinessDay
    digest: Uint8Array
    storedAs: string
  }
  now: Date
}

const takers: Record<ResultKind, (context: ClearingContext, taking: Taking) => Promise<void>> = {
  LD: takeList,
  FB: takeFeedback,
  CL: takeClearing,
  CR: takeTotals,
  BP: takePosition
}

async function takeList({ sql }: ClearingContext, { rows, base, now }: Taking): Promise<void> {
  await transaction(sql, async (tx) => {
    if ((await insertResult(tx, { ...base, amount: zeroFen, net: null, fileId: null })) === undefined) return
    for (const { fileName, code, description } of rows as Row<typeof ldRecord>[]) {
      const known = await markFileAnswered(tx, fileName, code, now)
      if (known && code === '000000') continue
      const detail = known ? `${code} ${description}` : 'we never sent it'
      await insertDifferences(tx, [{ kind: 'file-refused', reference: fileName, amount: zeroFen, detail }], now)
    }
  })
}

async function takeFeedback({ sql }: ClearingContext, { rows, base, now }: Taking): Promise<void> {
  const answers = (rows as Row<typeof fbRecord>[]).map((row): Answer => ({
    cardNumber: row.cardNumber,
    cardSequence: row.cardSequence,
    occurredAt: instantOf(row.occurredAt),
    amount: fen(row.amount),
    code: row.code,
    keep: subtractExact(row.fee, row.acquirerFee)
  }))
  const good = answers.filter((each) => each.code === '000000')
  const amount = sumFen(good.map((each) => each.amount))
  const net = subtractExact(amount, ...good.map((each) => each.keep))
  await transaction(sql, async (tx) => {
    const facts = { ...base, lines: good.length, amount, net, fileId: null }
    const result = await insertResult(tx, facts)
    if (result === undefined) return
    for (let from = 0; from < answers.length; from += answersAtOnce)
      await enterAnswers(tx, result, { answers: answers.slice(from, from + answersAtOnce), now })
  })
}

async function enterAnswers(
  tx: Transaction,
  result: number,
  { answers, now }: { answers: readonly Answer[]; now: Date }
): Promise<void> {
  const sent = await findSent(tx, answers)
  const differences = answers.map((answer, nth) => judgeAnswer(answer, sent[nth]))
  await markAnswered(
    tx,
    result,
    answers.filter((answer, nth) => sent[nth]?.amount === answer.amount)
  )
  await insertDifferences(
    tx,
    differences.filter((each): each is Difference => each !== null),
    now
  )
}

/** Their lines are proved and rated here once more; what we do not take is theirs to explain. */
async function takeClearing(context: ClearingContext, { file, rows, base, now }: Taking): Promise<void> {
  const records = rows as Row<typeof clRecord>[]
  const receipt = await ingestFile(context, { ...file, format: 'forwarded-cl' }, now)
  const amount = sumFen(records.map((row) => fen(row.amount)))
  const net = subtractExact(zeroExactFen, amount, negated(records.map((row) => row.issuerFee)))
  const refused: Difference[] =
    receipt.state === 'refused'
      ? [{ kind: 'their-line-rejected', reference: file.name, amount, detail: `${receipt.code} ${receipt.detail}` }]
      : receipt.rejects.map(({ code, count }) => ({
          kind: 'their-line-rejected',
          reference: `${file.name} ${code}`,
          amount: zeroFen,
          detail: `${count}`
        }))
  await transaction(context.sql, async (tx) => {
    const fileId = receipt.state === 'accepted' ? receipt.id : null
    if ((await insertResult(tx, { ...base, amount, net, fileId })) === undefined) return
    await insertDifferences(tx, refused, now)
  })
}

async function takeTotals({ sql }: ClearingContext, { rows, base, now }: Taking): Promise<void> {
  const pairs = (rows as Row<typeof crRecord>[]).filter((row) => row.code === '000000' && row.test === '0')
  const lines = pairs.reduce((sum, row) => sum + row.transactions, 0)
  const amount = sumFen(pairs.map((row) => fen(row.amount)))
  await transaction(sql, async (tx) => {
    if ((await insertResult(tx, { ...base, amount, net: null, fileId: null })) === undefined) return
    const difference = judgeTotals(await sumTheirDay(tx, base.day), { lines, amount })
    await insertDifferences(tx, difference ? [difference] : [], now)
  })
}

async function takePosition({ sql }: ClearingContext, { rows, base, now }: Taking): Promise<void> {
  const [row] = rows as Row<typeof bpRecord>[]
  const said = { income: fen(row?.income ?? 0), expense: fen(row?.expense ?? 0) }
  const net = addExact(fen(said.income - said.expense))
  await transaction(sql, async (tx) => {
    if ((await insertResult(tx, { ...base, amount: zeroFen, net, fileId: null })) === undefined) return
    const difference = judgePosition(await sumTheirDay(tx, base.day), said)
    await insertDifferences(tx, difference ? [difference] : [], now)
  })
}

function negated(amounts: readonly ExactFen[]): ExactFen {
  return subtractExact(zeroExactFen, ...amounts)
}

/** YYYYMMDDhhmmss of China's clock. */
function instantOf(text: string): Date {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text)!
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}+08:00`)
}
