// What a statement says, as plain tables: the PDF and the workbook show the same ones.
import { hex } from '../../../card-crypto/bytes.ts'
import { describeError } from '../../card-files/error-codes.ts'
import { addExact, fen, sumFen, yuan, zeroFen, type ExactFen, type Fen } from '../../money.ts'
import { centreFee } from '../../rating/fee-rules.ts'
import { netOf, type RatedTotal } from '../../settlement/net-rules.ts'
import { disputeKinds, disputeReasons, type DisputeKind, type DisputeReason } from '../../disputes/dispute-codes.ts'
import { correctionsOf, totalsOf, type DayPlan } from '../day-plan.ts'
import { serviceNames } from '../statement-csv.ts'
import type { PageContents } from '../statement-page.ts'
import { serialsBefore } from '../statement-rules.ts'
import type { Cell } from './workbook.ts'

export interface StatementTable {
  chinese: string
  english: string
  columns: readonly Column[]
  rows: readonly (readonly Cell[])[]
  /** The last row sums the others up. */
  summed?: boolean
}

export interface Column {
  chinese: string
  english: string
  /** Its share of the width, in characters. */
  width: number
  /** Numbers stand to the right. */
  right?: boolean
}

export function statementTables(plan: DayPlan, participant: number, contents: PageContents): StatementTable[] {
  return [
    summary(plan, participant),
    byCounterparty(plan, participant),
    ...(plan.corrections.length > 0 ? [corrections(plan, participant)] : []),
    ...(participant === plan.centre.id ? [positions(plan)] : []),
    obligations(plan, participant),
    sources(plan, participant),
    rejects(contents),
    files(participant, contents),
    ledger(plan, participant)
  ]
}

function summary(plan: DayPlan, participant: number): StatementTable {
  const totals = totalsOf(plan, participant)
  const position = plan.settlement.positions.find((each) => each.participant === participant)
  const charged = sumFen(totals.map((total) => total.amount))
  const price = sumFen(totals.map((total) => total.price))
  const count = (name: 'transactions' | 'entries') => totals.reduce((sum, total) => sum + total[name], 0)
  return {
    chinese: '汇总',
    english: 'Summary',
    columns: [column('项目', 'item', 40), column('数值', 'value', 20, 'right')],
    rows: [
      ['净额（元）Net', money(position ? netOf(position) : zeroFen)],
      ['收入（元）Income', money(position?.income ?? zeroFen)],
      ['支出（元）Expense', money(position?.expense ?? zeroFen)],
      ['实收（元）Charged', money(charged)],
      ['应收（元）Price', money(price)],
      ['优惠（元）Discount', money(fen(price - charged))],
      ['交易笔数 Transactions', count('transactions')],
      ['进站（不计费）Entries', count('entries')]
    ]
  }
}

function byCounterparty(plan: DayPlan, participant: number): StatementTable {
  const totals = totalsOf(plan, participant)
  const both = plan.participantOf(participant).role.endsWith('-centre')
  const rows = totals.map((total) => {
    const other = plan.participantOf(total.acquirer === participant ? total.issuer : total.acquirer)
    const party = both
      ? `${nameOf(plan, total.acquirer)} ← ${nameOf(plan, total.issuer)}`
      : `${other.name} ${other.code}`
    const [chinese = String(total.service), english = ''] = serviceNames[total.service] ?? []
    return [party, `${chinese} ${english}`, ...sums([total])]
  })
  return {
    chinese: '按对方机构与服务',
    english: 'By counterparty and service',
    columns: [
      both ? column('收单 ← 发卡', 'acquirer ← issuer', 40) : column('对方机构', 'counterparty', 28),
      column('服务', 'service', 10),
      column('笔数', 'count', 8, 'right'),
      column('进站', 'entries', 8, 'right'),
      column('应收（元）', 'price', 12, 'right'),
      column('实收（元）', 'charged', 12, 'right'),
      column('优惠（元）', 'discount', 10, 'right'),
      column('手续费（分）', 'fee', 13, 'right'),
      column('收单分润', 'acquirer', 13, 'right'),
      column('发卡分润', 'issuer', 13, 'right'),
      column('中心', 'centre', 12, 'right')
    ],
    rows: rows.length > 1 ? [...rows, ['合计 Total', '', ...sums(totals)]] : rows,
    summed: rows.length > 1
  }
}

function sums(totals: readonly RatedTotal[]): Cell[] {
  const price = sumFen(totals.map((total) => total.price))
  const amount = sumFen(totals.map((total) => total.amount))
  return [
    totals.reduce((sum, total) => sum + total.transactions, 0),
    totals.reduce((sum, total) => sum + total.entries, 0),
    money(price),
    money(amount),
    money(fen(price - amount)),
    exact(addExact(...totals.map((total) => total.fee))),
    exact(addExact(...totals.map((total) => total.acquirerFee))),
    exact(addExact(...totals.map((total) => total.issuerFee))),
    exact(addExact(...totals.map(centreFee)))
  ]
}

/** Each dispute twice: the transaction taken back, and as it should have been. */
function corrections(plan: DayPlan, participant: number): StatementTable {
  return {
    chinese: '差错调整',
    english: 'Corrections of disputes; kinds and reasons are codes of our own',
    columns: [
      column('差错号', 'dispute', 9, 'right'),
      column('类型', 'kind', 26),
      column('原因', 'reason', 16),
      column('交易号', 'FILE:LINE', 14),
      column('方向', 'row', 14),
      column('金额（元）', 'amount', 12, 'right'),
      column('手续费（分）', 'fee', 12, 'right'),
      column('收单分润', 'acquirer', 12, 'right'),
      column('发卡分润', 'issuer', 12, 'right'),
      column('差错费（分）', 'dispute fee', 12, 'right')
    ],
    rows: correctionsOf(plan, participant).map((line) => {
      const { code, chinese, english } = disputeKinds[line.kind as DisputeKind]
      const reason = disputeReasons[line.reason as DisputeReason]
      return [
        line.dispute,
        `${code} ${chinese} ${english}`,
        `${line.reason} ${reason[0]}`,
        line.transaction,
        line.line === 'reversal' ? '冲正 reversal' : '调整后 adjusted',
        money(line.amount),
        exact(line.fee),
        exact(line.acquirerFee),
        exact(line.issuerFee),
        exact(line.disputeFee)
      ]
    })
  }
}

function positions(plan: DayPlan): StatementTable {
  return {
    chinese: '轧差额',
    english: 'Positions: they sum to zero',
    columns: [
      column('机构', 'participant', 40),
      column('收入（元）', 'income', 16, 'right'),
      column('支出（元）', 'expense', 16, 'right'),
      column('净额（元）', 'net', 16, 'right')
    ],
    rows: plan.settlement.positions.map((position) => [
      nameOf(plan, position.participant),
      money(position.income),
      money(position.expense),
      money(netOf(position))
    ])
  }
}

function obligations(plan: DayPlan, participant: number): StatementTable {
  const all = participant === plan.centre.id
  const mine = plan.settlement.obligations.filter(
    ({ payer, payee }) => all || payer === participant || payee === participant
  )
  return {
    chinese: '双边应收应付',
    english: 'Who owes whom: adds up to the net',
    columns: [
      column('付款方', 'payer', 40),
      column('收款方', 'payee', 40),
      column('金额（元）', 'amount', 16, 'right')
    ],
    rows: mine.map(({ payer, payee, amount }) => [
      nameOf(plan, payer),
      nameOf(plan, payee),
      money(!all && payer === participant ? fen(0 - amount) : amount)
    ])
  }
}

function sources(plan: DayPlan, participant: number): StatementTable {
  const serials = serialsBefore(plan.files)
  const all = participant === plan.centre.id
  const touched = new Set(totalsOf(plan, participant).map((total) => total.acquirer))
  const own = plan.files.filter(
    (file) => all || file.sender === participant || file.sender === null || touched.has(file.sender)
  )
  return {
    chinese: '来源文件',
    english: 'Source files; every transaction is FILE:LINE of one of them',
    columns: [
      column('编号', 'FILE', 7, 'right'),
      column('名称', 'name', 36),
      column('SM3 摘要', 'digest', 66),
      column('行数', 'lines', 10, 'right'),
      column('入账', 'accepted', 10, 'right'),
      column('拒绝', 'rejected', 9, 'right'),
      column('首个流水号', 'first serial', 12, 'right')
    ],
    rows: own.map((file) => [
      file.id,
      file.name,
      hex(file.digest),
      file.lineCount,
      file.acceptedCount,
      file.rejectedCount,
      serials.get(file.id)! + 1
    ])
  }
}

function rejects({ rejects: tallies }: PageContents): StatementTable {
  return {
    chinese: '拒绝的交易',
    english: 'Rejected lines, by reason',
    columns: [
      column('代码', 'code', 8),
      column('原因', 'reason', 40),
      column('笔数', 'count', 8, 'right'),
      column('交易号', 'FILE:LINE of the first', 60)
    ],
    rows: tallies.map(({ code, count, keys }) => {
      const { chinese, english } = describeError(code)!
      return [code, `${chinese} ${english}`, count, keys.slice(0, 8).join(' ')]
    })
  }
}

function files(participant: number, contents: PageContents): StatementTable {
  const own = contents.files.filter((file) => file.participant === participant)
  return {
    chinese: '随附文件',
    english: 'Files of this statement; each has its signature NAME.sig beside it',
    columns: [
      column('种类', 'kind', 14),
      column('名称', 'name', 46),
      column('SM3 摘要', 'digest', 66),
      column('记录', 'records', 10, 'right'),
      column('字节', 'bytes', 12, 'right')
    ],
    rows: own.map((file) => [file.kind, file.name, hex(file.digest), file.lines, file.size])
  }
}

function ledger({ entries }: DayPlan, participant: number): StatementTable {
  return {
    chinese: '账簿',
    english: 'Ledger entries',
    columns: [
      column('分录号', 'sequence', 12, 'right'),
      column('账户', 'account', 20),
      column('金额（元）', 'amount', 16, 'right')
    ],
    rows: entries
      .filter((entry) => entry.participant === participant)
      .map(({ sequence, account, amount }) => [sequence, account, money(amount)])
  }
}

function column(chinese: string, english: string, width: number, side?: 'right'): Column {
  return { chinese, english, width, ...(side ? { right: true } : {}) }
}

function money(amount: Fen): Cell {
  return { decimal: yuan(amount), places: 2 }
}

function exact(amount: ExactFen): Cell {
  return { decimal: amount, places: 7 }
}

function nameOf(plan: DayPlan, participant: number): string {
  const { name, code } = plan.participantOf(participant)
  return `${name} ${code}`
}
