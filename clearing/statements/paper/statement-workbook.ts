// The statement as a workbook: one sheet for each of its tables, and one that says whose it is and how to check it.
import { wallClock } from '../../business-day.ts'
import type { DayPlan } from '../day-plan.ts'
import type { PageContents } from '../statement-page.ts'
import { adjustmentFacts, statementName } from './statement-name.ts'
import { verificationCommands } from './statement-pdf.ts'
import { statementTables } from './statement-tables.ts'
import { writeWorkbook } from './workbook.ts'

export function statementWorkbook(plan: DayPlan, participant: number, contents: PageContents): Buffer {
  const member = plan.participantOf(participant)
  const { settlement, anchor, centre, style } = plan
  const facts = [
    [statementName(plan).join(' '), `${member.name} ${member.code}`],
    ['清算日 Clearing day', settlement.day],
    ['结算单号 Number', String(plan.numberOf(participant).number)],
    ['结算时间 Settled at', wallClock(settlement.settledAt)],
    ['清分结算机构 Clearing centre', `${centre.name} ${centre.code}`],
    ...adjustmentFacts(plan),
    ['版式 Style', String(style)],
    ['账链锚点 Ledger anchor', `${anchor.lastSequence} ${Buffer.from(anchor.head).toString('hex')}`],
    ...verificationCommands.map((command) => ['核验 To verify', command]),
    ...plan.publicKey
      .trim()
      .split('\n')
      .map((line) => ['公钥 Public key', line])
  ]
  const sheets = statementTables(plan, participant, contents).map(({ chinese, columns, rows }) => ({
    name: chinese,
    widths: columns.map((column) => column.width),
    headings: columns.map((column) => `${column.chinese}\n${column.english}`),
    rows
  }))
  return writeWorkbook([
    { name: '结算单', widths: [30, 110], headings: ['项目\nitem', '内容\ncontent'], rows: facts },
    ...sheets
  ])
}
