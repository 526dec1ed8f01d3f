// What a participant gets beside the large files: LD for senders, CR and BP for members, files of disputes, the summary, and the
// statement itself as workbook, paper and page.
import { writeDisputeFile } from '../../card-files/dispute-layouts.ts'
import { adBytes, cmBytes, edBytes } from '../../disputes/dispute-records.ts'
import { correctionsOf, totalsOf, type DayPlan } from '../day-plan.ts'
import { statementPdf } from '../paper/statement-pdf.ts'
import { statementWorkbook } from '../paper/statement-workbook.ts'
import { summaryCsv } from '../statement-csv.ts'
import { writeStatementFile } from '../statement-file.ts'
import { statementPage, type PageContents } from '../statement-page.ts'
import { bpRecordOf, crRecords, ldRecords, resultBytes, titleOf } from '../statement-rules.ts'
import type { MadeFile } from '../statement-schemas.ts'

/** `large` are the files made before, which the statement lists; its own are enough. */
export async function makeSmallFiles(
  plan: DayPlan,
  participant: number,
  { folder, large, rejects }: { folder: string; large: readonly MadeFile[]; rejects: PageContents['rejects'] }
): Promise<MadeFile[]> {
  const made = await makeRecords(plan, participant, folder)
  for (const [kind, render] of rendersOf(plan.style)) {
    const title = titleOf(kind, plan.participantOf(participant), plan.numberOf(participant))
    const bytes = render(plan, participant, { files: [...large, ...made], rejects })
    made.push(await writeStatementFile(folder, title, { bytes, lines: 0 }))
  }
  return made
}

type Render = (plan: DayPlan, participant: number, contents: PageContents) => Buffer

/** In this order: each lists those before it, and the page, which is last, all of them. */
function rendersOf(style: number): (readonly [kind: 'paper' | 'workbook' | 'statement', render: Render])[] {
  const page = ['statement', (...of: Parameters<Render>) => Buffer.from(statementPage(...of))] as const
  return style === 1 ? [page] : [['workbook', statementWorkbook], ['paper', statementPdf], page]
}

/** LD for senders, CR and BP for members, the summary for everybody. */
async function makeRecords(plan: DayPlan, participant: number, folder: string): Promise<MadeFile[]> {
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
