// The statement people read (结算单): Chinese first, English beside it, every figure with the way back to the lines it came from and
// the commands that check it with public tools alone.
import { hex } from '../../card-crypto/bytes.ts'
import { wallClock } from '../business-day.ts'
import { describeError } from '../card-files/error-codes.ts'
import { addExact, fen, sumFen, yuan, zeroFen, type Fen } from '../money.ts'
import { centreFee } from '../rating/fee-rules.ts'
import { netOf, type RatedTotal } from '../settlement/net-rules.ts'
import type { RejectTally } from './day-books.ts'
import { disputeKinds, type DisputeKind } from '../disputes/dispute-codes.ts'
import { correctionsOf, totalsOf, type DayPlan } from './day-plan.ts'
import { adjustmentFacts, statementName } from './paper/statement-name.ts'
import { serviceNames } from './statement-csv.ts'
import { serialsBefore } from './statement-rules.ts'
import type { MadeFile } from './statement-schemas.ts'
import { statementStyle } from './statement-style.ts'

export interface PageContents {
  /** Everything made for the day; the page lists the participant's own. */
  files: readonly MadeFile[]
  rejects: readonly RejectTally[]
}

export function statementPage(plan: DayPlan, participant: number, contents: PageContents): string {
  const member = plan.participantOf(participant)
  const own = contents.files.filter((file) => file.participant === participant)
  const title = `结算单 ${member.code} ${plan.settlement.day}`
  return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${statementStyle}</style>
</head>
<body>
<main>
${heading(plan, participant)}
${figures(plan, participant)}
${totalsTable(plan, participant)}
${correctionsTable(plan, participant)}${positionsTable(plan, participant)}
${obligationsTable(plan, participant)}
${sourcesTable(plan, participant)}
${rejectsTable(contents.rejects)}
${filesTable(own)}
${ledgerNote(plan, participant)}
${verification(plan, own)}
</main>
</body>
</html>
`
}

function heading(plan: DayPlan, participant: number): string {
  const { settlement, centre } = plan
  const member = plan.participantOf(participant)
  const role = {
    issuer: '发卡机构 issuer',
    acquirer: '收单机构 acquirer',
    'clearing-centre': '清分结算机构 clearing centre',
    'national-centre': '部级清分结算机构 National centre'
  }
  const facts = [
    ['清算日 Clearing day', settlement.day],
    ['结算单号 Number', String(plan.numberOf(participant).number)],
    ['结算时间 Settled at', wallClock(settlement.settledAt)],
    ...adjustmentFacts(plan).map(([term, value]) => [term, escapeHtml(value)]),
    ...(plan.style === 1 ? [] : [['版式 Style', String(plan.style)]])
  ]
  const [chinese, english] = statementName(plan)
  return `<header>
<h1>${chinese} <small>${english} · ${escapeHtml(centre.name)} ${centre.code}</small></h1>
<dl class="facts">${facts.map(([term, value]) => `<dt>${term}</dt><dd>${value}</dd>`).join('')}</dl>
</header>
<p class="party">${escapeHtml(member.name)}<span>${member.code} · ${role[member.role]}</span></p>`
}

function figures(plan: DayPlan, participant: number): string {
  const totals = totalsOf(plan, participant)
  const position = plan.settlement.positions.find((each) => each.participant === participant)
  const net = position ? netOf(position) : zeroFen
  const charged = sumFen(totals.map((total) => total.amount))
  const price = sumFen(totals.map((total) => total.price))
  const count = (name: 'transactions' | 'entries') => counted(totals.reduce((sum, total) => sum + total[name], 0))
  const label = net < 0 ? '应付净额 Net to pay' : '应收净额 Net to receive'
  const boxes = [
    [`net${net < 0 ? ' owe' : ''}`, label, money(fen(Math.abs(net)))],
    ['', '交易笔数 Transactions', count('transactions')],
    ['', '进站（不计费） Entries', count('entries')],
    ['', '优惠 Discount', `${money(fen(price - charged))}${percent(price - charged, price)}`],
    ['', '实收金额 Charged', money(charged)],
    ['', '应收金额（优惠前） Price', money(price)],
    ['', '收入 Income', money(position?.income ?? zeroFen)],
    ['', '支出 Expense', money(position?.expense ?? zeroFen)]
  ]
  return `<dl class="figures">${boxes.map(([kind, term, value]) => `<div class="${kind}"><dt>${term}</dt><dd>${value}</dd></div>`).join('')}</dl>
<p class="note">金额单位为元；净额 = 收入 − 支出，全网净额之和为零。 Amounts in yuan; net = income − expense, and the nets of all participants sum to zero.</p>`
}

function totalsTable(plan: DayPlan, participant: number): string {
  const totals = totalsOf(plan, participant)
  const both = plan.participantOf(participant).role.endsWith('-centre')
  const rows = totals.map((total) => {
    const other = plan.participantOf(total.acquirer === participant ? total.issuer : total.acquirer)
    const party = both
      ? `${nameOf(plan, total.acquirer)} ← ${nameOf(plan, total.issuer)}`
      : `${escapeHtml(other.name)} <small>${other.code}</small>`
    const [chinese, english] = serviceNames[total.service] ?? [String(total.service), '']
    return `<tr><td class="party-cell">${party}</td><td>${chinese} <small>${english}</small></td>${totalCells([total])}</tr>`
  })
  const foot = totals.length > 1 ? `<tfoot><tr><td colspan="2">合计 Total</td>${totalCells(totals)}</tr></tfoot>` : ''
  return section(
    '按对方机构与服务',
    'By counterparty and service',
    table(
      [
        both ? '收单 ← 发卡 <small>acquirer ← issuer</small>' : '对方机构 <small>counterparty</small>',
        '服务 <small>service</small>',
        '笔数 <small>count</small>|n',
        '进站 <small>entries</small>|n',
        '应收 <small>price</small>|n',
        '实收 <small>charged</small>|n',
        '优惠 <small>discount</small>|n',
        '手续费（分） <small>fee</small>|n',
        '收单分润 <small>acquirer</small>|n',
        '发卡分润 <small>issuer</small>|n',
        '中心 <small>centre</small>|n'
      ],
      rows,
      foot
    ) +
      '<p class="note">手续费与分润为精确值（单位：分），逐笔累加后只在合计处四舍五入一次。 Fees are exact, in fen; they are summed first and rounded once, on totals.</p>'
  )
}

function totalCells(totals: readonly RatedTotal[]): string {
  const price = sumFen(totals.map((total) => total.price))
  const amount = sumFen(totals.map((total) => total.amount))
  const share = price === 0 ? 100 : Math.round((amount / price) * 100)
  return [
    counted(totals.reduce((sum, total) => sum + total.transactions, 0)),
    counted(totals.reduce((sum, total) => sum + total.entries, 0)),
    money(price),
    `${money(amount)}<span class="bar"><i style="width:${share}%"></i></span>`,
    `${money(fen(price - amount))}${percent(price - amount, price)}`,
    grouped(addExact(...totals.map((total) => total.fee))),
    grouped(addExact(...totals.map((total) => total.acquirerFee))),
    grouped(addExact(...totals.map((total) => total.issuerFee))),
    grouped(addExact(...totals.map(centreFee)))
  ]
    .map((cell) => `<td class="n">${cell}</td>`)
    .join('')
}

/** Nothing but a line end where nothing is corrected. */
function correctionsTable(plan: DayPlan, participant: number): string {
  const lines = correctionsOf(plan, participant)
  if (lines.length === 0) return ''
  const rows = lines.map((line) => {
    const { code, chinese, english } = disputeKinds[line.kind as DisputeKind]
    const row = line.line === 'reversal' ? '冲正 <small>reversal</small>' : '调整后 <small>adjusted</small>'
    return `<tr><td class="n">${line.dispute}</td><td>${code} ${chinese} <small>${english}</small></td><td><span class="key">${line.transaction}</span></td><td>${row}</td><td class="n">${money(line.amount)}</td><td class="n">${grouped(line.disputeFee)}</td></tr>`
  })
  const heads = [
    '差错号 <small>dispute</small>|n',
    '类型 <small>kind</small>',
    '交易号 <small>FILE:LINE</small>',
    '方向 <small>row</small>',
    '金额 <small>amount</small>|n',
    '差错费（分） <small>dispute fee</small>|n'
  ]
  return `${section('差错调整', 'Corrections of disputes', table(heads, rows))}\n`
}

/** Everybody's net, for the centre alone. */
function positionsTable(plan: DayPlan, participant: number): string {
  if (participant !== plan.centre.id) return ''
  const rows = plan.settlement.positions.map((position) => {
    const net = netOf(position)
    const cells = [money(position.income), money(position.expense), money(net)]
    return `<tr><td>${nameOf(plan, position.participant)}</td>${cells.map((cell) => `<td class="n${net < 0 ? ' owes' : ''}">${cell}</td>`).join('')}</tr>`
  })
  const heads = [
    '机构 <small>participant</small>',
    '收入 <small>income</small>|n',
    '支出 <small>expense</small>|n',
    '净额 <small>net</small>|n'
  ]
  return section('轧差额', 'Positions: they sum to zero', table(heads, rows))
}

function obligationsTable(plan: DayPlan, participant: number): string {
  const all = participant === plan.centre.id
  const mine = plan.settlement.obligations.filter(
    ({ payer, payee }) => all || payer === participant || payee === participant
  )
  const rows = mine.map(({ payer, payee, amount }) => {
    const paid = !all && payer === participant
    return `<tr><td>${nameOf(plan, payer)}</td><td>${nameOf(plan, payee)}</td><td class="n${paid ? ' owes' : ''}">${paid ? '−' : ''}${money(amount)}</td></tr>`
  })
  const heads = ['付款方 <small>payer</small>', '收款方 <small>payee</small>', '金额 <small>amount</small>|n']
  return section('双边应收应付', 'Who owes whom: adds up to the net above', table(heads, rows))
}

function sourcesTable(plan: DayPlan, participant: number): string {
  const serials = serialsBefore(plan.files)
  const all = participant === plan.centre.id
  const touched = new Set(totalsOf(plan, participant).map((total) => total.acquirer))
  const files = plan.files.filter(
    (file) => all || file.sender === participant || file.sender === null || touched.has(file.sender)
  )
  const rows = files.map((file) => {
    const first = serials.get(file.id)!
    return `<tr><td class="n">${file.id}</td><td>${escapeHtml(file.name)}<br><code class="hash">SM3 ${hex(file.digest)}</code></td><td class="n">${counted(file.lineCount)}</td><td class="n">${counted(file.acceptedCount)}</td><td class="n">${counted(file.rejectedCount)}</td><td class="n">${money(file.amount)}</td><td class="n">${first + 1}–${first + file.lineCount + 2}</td></tr>`
  })
  const heads = [
    '编号 <small>FILE</small>|n',
    '来源文件 <small>source file</small>',
    '行数 <small>lines</small>|n',
    '入账 <small>accepted</small>|n',
    '拒绝 <small>rejected</small>|n',
    '实收 <small>charged</small>|n',
    '清分流水号 <small>serials</small>|n'
  ]
  return section(
    '来源文件',
    'Source files',
    table(heads, rows) +
      '<p class="note">每笔交易可由“编号:行号”（FILE:LINE）追溯；清分流水号 = 起始号 + 行号 − 1。 Every transaction is found by FILE:LINE; its serial is the first of the range plus the line number minus one.</p>'
  )
}

function rejectsTable(rejects: readonly RejectTally[]): string {
  const rows = rejects.map(({ code, count, keys }) => {
    const more = count > keys.length ? ` <small>… ${counted(count - keys.length)}</small>` : ''
    const { chinese, english } = describeError(code)!
    return `<tr><td><code>${code}</code></td><td>${escapeHtml(chinese)}<br><small>${escapeHtml(english)}</small></td><td class="n">${counted(count)}</td><td>${keys.map((key) => `<span class="key">${key}</span>`).join('')}${more}</td></tr>`
  })
  const heads = [
    '代码 <small>code</small>',
    '原因 <small>reason</small>',
    '笔数 <small>count</small>|n',
    '交易号 <small>FILE:LINE</small>'
  ]
  return section('拒绝的交易', 'Rejected lines, by reason', table(heads, rows))
}

function filesTable(own: readonly MadeFile[]): string {
  const rows = own.map(
    (file) =>
      `<tr><td>${file.kind}</td><td>${escapeHtml(file.name)}<br><code class="hash">SM3 ${hex(file.digest)}</code></td><td class="n">${counted(file.lines)}</td><td class="n">${counted(file.size)}</td></tr>`
  )
  const heads = [
    '种类 <small>kind</small>',
    '文件 <small>file</small>',
    '记录 <small>records</small>|n',
    '字节 <small>bytes</small>|n'
  ]
  return section('随附文件', 'Files of this statement', table(heads, rows))
}

function ledgerNote({ entries, anchor }: DayPlan, participant: number): string {
  const mine = entries.filter((entry) => entry.participant === participant)
  const rows = mine.map(
    ({ sequence, account, amount }) =>
      `<tr><td class="n">${sequence}</td><td>${account}</td><td class="n">${money(amount)}</td></tr>`
  )
  const heads = ['分录号 <small>sequence</small>|n', '账户 <small>account</small>', '金额 <small>amount</small>|n']
  return section(
    '账簿',
    'Ledger',
    `${table(heads, rows)}<p class="note">当日账链锚点 Anchor of the day: ${anchor.lastSequence} <code class="hash">${hex(anchor.head)}</code></p>`
  )
}

function verification(plan: DayPlan, own: readonly MadeFile[]): string {
  const name = own[0]?.name ?? 'FILE'
  return section(
    '如何核验',
    'How to verify this with public tools',
    `<p>每个文件（包括本页）旁边都有同名 .sig 签名文件（SM2，DER）。将下面的公钥存为 statement-signature.pem，然后： Beside every file, this page included, stands its SM2 signature NAME.sig. Save the key below as statement-signature.pem, then:</p>
<pre>openssl dgst -sm3 ${escapeHtml(name)}
openssl dgst -sm3 -verify statement-signature.pem -sigopt distid:1234567812345678 -signature ${escapeHtml(name)}.sig ${escapeHtml(name)}</pre>
<pre>${plan.publicKey.trim()}</pre>
<p class="note">清算中心内： Inside the clearing centre: <code>npm run clearing -- verify ${plan.settlement.day}</code> · <code>npm run clearing -- explain FILE:LINE</code></p>`
  )
}

function section(chinese: string, english: string, body: string): string {
  return `<section><h2>${chinese} <small>${english}</small></h2>${body}</section>`
}

/** A heading that ends with '|n' is of a column of numbers. */
function table(headings: readonly string[], rows: readonly string[], foot = ''): string {
  if (rows.length === 0) return '<p class="none">无 none</p>'
  const cells = headings.map((heading) =>
    heading.endsWith('|n') ? `<th class="n">${heading.slice(0, -2)}</th>` : `<th>${heading}</th>`
  )
  return `<div class="wide"><table><thead><tr>${cells.join('')}</tr></thead><tbody>${rows.join('\n')}</tbody>${foot}</table></div>`
}

function nameOf(plan: DayPlan, participant: number): string {
  const { name, code } = plan.participantOf(participant)
  return `${escapeHtml(name)} <small>${code}</small>`
}

function money(amount: Fen): string {
  return grouped(yuan(amount)).replace('-', '−')
}

/** Thousands apart, whatever stands behind the point. */
function grouped(number: string): string {
  return number.replace(/^-?\d+/, (whole) => whole.replaceAll(/\B(?=(\d{3})+$)/g, ','))
}

function percent(part: number, whole: number): string {
  return part === 0 || whole === 0 ? '' : ` <small>${((part / whole) * 100).toFixed(1)} %</small>`
}

function counted(count: number): string {
  return grouped(String(count))
}

/** Text as it may stand in an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
