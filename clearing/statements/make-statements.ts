// Makes every file of a settled day in a folder: one streaming pass over the archived source files, then the small files and the
// pages. The same day gives the same bytes whenever it is made: nothing in here looks at a clock.
import { ctticCd } from '../card-files/cttic-cd.ts'
import { writeDisputeFile } from '../card-files/dispute-layouts.ts'
import { adBytes, cmBytes, edBytes } from '../disputes/dispute-records.ts'
import type { BusinessDay } from '../business-day.ts'
import type { ClearingContext } from '../context.ts'
import { loadParticipantLookup } from '../participants/participant-queries.ts'
import type { ProgressReporter } from '../progress-queries.ts'
import { archivedLines } from './archived-lines.ts'
import { DayBooks } from './day-books.ts'
import { correctionsOf, loadPlan, totalsOf, type DayPlan } from './day-plan.ts'
import { summaryCsv, transactionHeading } from './statement-csv.ts'
import { ResultSeries, StatementFile, writeStatementFile } from './statement-file.ts'
import { statementPdf } from './paper/statement-pdf.ts'
import { statementWorkbook } from './paper/statement-workbook.ts'
import { statementPage, type PageContents } from './statement-page.ts'
import { bpRecordOf, crRecords, ldRecords, resultBytes, serialsBefore, titleOf } from './statement-rules.ts'
import { countByIssuer } from './statement-queries.ts'
import type { MadeFile } from './statement-schemas.ts'

type Workshop = Pick<ClearingContext, 'sql' | 'keys' | 'folders'>

export async function makeStatements(
  context: Workshop,
  day: BusinessDay,
  folder: string,
  progress?: ProgressReporter
): Promise<MadeFile[]> {
  return await makePlanned(context, await loadPlan(context, day), folder, progress)
}

/** A day's publication or one of its adjustments, as planned. */
export async function makePlanned(
  context: Workshop,
  plan: DayPlan,
  folder: string,
  progress?: ProgressReporter
): Promise<MadeFile[]> {
  const large = await openLargeFiles(context, plan, folder)
  const books = new DayBooks(large, plan)
  try {
    await enterLines(context, plan, { books, large, progress })
    books.assertSettled(plan.settlement.totals)
    const made = await large.finish()
    for (const { participant } of plan.numbers) made.push(...(await makeSmallFiles(plan, participant, folder)))
    for (const { participant } of plan.numbers) {
      const contents = { files: made, rejects: books.rejectsOf(participant) }
      for (const [kind, render] of rendersOf(plan.style)) {
        const title = titleOf(kind, plan.participantOf(participant), plan.numberOf(participant))
        const bytes = render(plan, participant, contents)
        made.push(await writeStatementFile(folder, title, { bytes, lines: 0 }))
      }
    }
    return made
  } finally {
    await large.close()
  }
}

type Render = (plan: DayPlan, participant: number, contents: PageContents) => Buffer

/** In this order: each lists those before it, and the page, which is last, all of them. */
function rendersOf(style: number): (readonly [kind: 'paper' | 'workbook' | 'statement', render: Render])[] {
  const page = ['statement', (...of: Parameters<Render>) => Buffer.from(statementPage(...of))] as const
  return style === 1 ? [page] : [['workbook', statementWorkbook], ['paper', statementPdf], page]
}

interface Pass {
  books: DayBooks
  large: LargeFiles
  progress: ProgressReporter | undefined
}

async function enterLines(context: Workshop, plan: DayPlan, { books, large, progress }: Pass): Promise<void> {
  const serials = serialsBefore(plan.files)
  const lookup = await loadParticipantLookup(context.sql, plan.settlement.day)
  let done = 0
  for (const file of plan.files) {
    for await (const lines of archivedLines(context, file, lookup)) {
      books.enter(file, lines, serials.get(file.id)!)
      await large.flush()
      progress?.at('lines', done + lines.byteFrom + lines.bytes.length)
    }
    done += file.size
  }
}

interface LargeFiles {
  feedback: ReadonlyMap<number, ResultSeries>
  clearing: ReadonlyMap<number, ResultSeries>
  transactions(participant: number): StatementFile
  flush(): Promise<void>
  finish(): Promise<MadeFile[]>
  close(): Promise<void>
}

/** FB per sender and CL per issuer of interface files, their counts known beforehand; CSV opens as lines come. */
async function openLargeFiles(context: Workshop, plan: DayPlan, folder: string): Promise<LargeFiles> {
  const feedback = new Map<number, ResultSeries>()
  const clearing = new Map<number, ResultSeries>()
  const csv = new Map<number, StatementFile>()
  const exchanged = plan.files.filter((file) => file.format === ctticCd.id)
  const senders = Map.groupBy(exchanged, (file) => file.sender!)
  for (const [sender, files] of senders)
    feedback.set(sender, openSeries(plan, folder, { kind: 'FB', participant: sender, expected: sumLines(files) }))
  const issuers = await countByIssuer(
    context.sql,
    exchanged.map((file) => file.id)
  )
  for (const { issuer, lines } of issuers)
    clearing.set(issuer, openSeries(plan, folder, { kind: 'CL', participant: issuer, expected: lines }))
  const series = [...feedback.values(), ...clearing.values()]
  return {
    feedback,
    clearing,
    transactions(participant) {
      let file = csv.get(participant)
      if (file) return file
      const title = titleOf('transactions', plan.participantOf(participant), plan.numberOf(participant))
      csv.set(participant, (file = new StatementFile(folder, title)))
      file.append(transactionHeading)
      return file
    },
    async flush() {
      for (const each of [...series, ...csv.values()]) await each.flush()
    },
    async finish() {
      const made: MadeFile[] = []
      for (const each of series) made.push(...(await each.finish()))
      for (const each of csv.values()) made.push(await each.finish())
      return made
    },
    async close() {
      for (const each of [...series, ...csv.values()]) await each.close()
    }
  }
}

function openSeries(
  plan: DayPlan,
  folder: string,
  { kind, participant, expected }: { kind: 'FB' | 'CL'; participant: number; expected: number }
): ResultSeries {
  const member = plan.participantOf(participant)
  const result = { kind, clearingDay: plan.settlement.day, receiver: member.code }
  const number = plan.numberOf(participant)
  return new ResultSeries(folder, result, { expected, titleOf: (part) => titleOf(kind, member, number, part) })
}

/** LD for senders, CR and BP for members, the summary for everybody. */
async function makeSmallFiles(plan: DayPlan, participant: number, folder: string): Promise<MadeFile[]> {
  const { settlement, participantOf } = plan
  const member = participantOf(participant)
  const number = plan.numberOf(participant)
  const header = { clearingDay: settlement.day, receiver: member.code }
  const totals = totalsOf(plan, participant)
  const made: MadeFile[] = []
  const make = async (kind: 'LD' | 'CR' | 'BP', records: Buffer[]) => {
    const content = { bytes: resultBytes(kind, header, records), lines: records.length }
    made.push(await writeStatementFile(folder, titleOf(kind, member, number), content))
  }
  if (member.role !== 'clearing-centre') {
    const answered = [
      ...plan.files.filter((file) => file.sender === participant).map((file) => ({ ...file, code: '000000' })),
      ...plan.refused.filter((file) => file.sender === participant)
    ]
    if (answered.length > 0) await make('LD', ldRecords(number.number, answered))
    await make('CR', crRecords(totals, participantOf))
    await make('BP', [bpRecordOf(settlement.positions.find((each) => each.participant === participant))])
    made.push(...(await makeDisputeFiles(plan, participant, folder)))
  }
  const summary = { bytes: summaryCsv(totals, participantOf), lines: totals.length }
  made.push(await writeStatementFile(folder, titleOf('summary', member, number), summary))
  return made
}

/** Only those that have something to say. */
async function makeDisputeFiles(plan: DayPlan, participant: number, folder: string): Promise<MadeFile[]> {
  const member = plan.participantOf(participant)
  const notices = plan.notices.filter((notice) => notice.participant === participant)
  const codeOf = (id: number) => plan.participantOf(id).code
  const records = {
    ED: notices.filter(({ kind }) => kind === 'ED').map(edBytes),
    CM: notices.filter(({ kind }) => kind === 'CM').map(cmBytes),
    AD: correctionsOf(plan, participant).map((line) => adBytes(line, plan.settlement.day, codeOf))
  }
  const made: MadeFile[] = []
  for (const kind of ['ED', 'CM', 'AD'] as const) {
    const lines = records[kind].length
    if (lines === 0) continue
    const title = titleOf(kind, member, plan.numberOf(participant))
    made.push(
      await writeStatementFile(folder, title, { bytes: writeDisputeFile(kind, member.code, records[kind]), lines })
    )
  }
  return made
}

function sumLines(files: readonly { lineCount: number }[]): number {
  return files.reduce((sum, file) => sum + file.lineCount, 0)
}
