// One transaction's story: the file and line it came from, what was checked, what it cost, where it was settled and published.
import { fill, h } from '../shell/element.js'
import { money, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { fareFacts } from './fare-facts.js'
import { emptyState, loading, noticeRegion, showProblem } from '../shell/notice.js'

const accepted = '000000'
const passages = { single: both('单次', 'single'), entry: both('进站', 'entry'), exit: both('出站', 'exit') }

export async function explainView(main, id, desk) {
  const input = h('input', {
    id: 'transaction',
    value: id ?? '',
    placeholder: '12:345',
    inputmode: 'text',
    pattern: '\\d+:\\d+',
    required: true
  })
  const told = h('div', { 'aria-live': 'polite' })
  const form = h(
    'form.row.explain-form',
    {},
    h('label', { for: 'transaction' }, both('文件编号:行号', 'FILE:LINE')),
    h('span.field', {}, input),
    h('button.button.main', {}, both('追溯', 'Explain'))
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    location.hash = `#/explain/${input.value.trim()}`
  })
  fill(
    main,
    h(
      'div.stack',
      {},
      h('h1', { tabindex: '-1' }, both('一笔交易的来龙去脉', 'The story of one transaction')),
      form,
      told
    )
  )
  if (id) return await tell(told, id, desk)
  fill(
    told,
    emptyState(
      both('输入一笔交易', 'Name a transaction'),
      both(
        '文件编号与行号见文件页和明细结算文件，如 12:345。',
        'Its file and line are on the files page and in the published transactions, like 12:345.'
      )
    )
  )
  input.focus()
}

async function tell(told, id, { ask, left }) {
  fill(told, loading())
  try {
    const story = await ask(`/v1/clearing/transactions/${encodeURIComponent(id)}`)
    if (story && !left.aborted) fill(told, h('ol.story', {}, chapters(story)))
  } catch (problem) {
    const region = noticeRegion()
    fill(told, region)
    showProblem(region, problem)
  }
}

/** A line's story in order; links lead to the desk's own views. */
export function chapters(story) {
  const { file, raw, outcome, transaction, tac, fee, fare, day } = story
  return [
    fileChapter(file, story),
    raw === undefined ? null : chapter(both('原始行', 'The line as it arrived'), h('code.raw-line.mono', {}, raw)),
    outcome ? outcomeChapter(outcome) : null,
    transaction ? transactionChapter(transaction) : null,
    tac ? tacChapter(tac) : null,
    fee ? feeChapter(fee) : null,
    fare ? fareChapter(fare) : null,
    day ? dayChapter(day) : null
  ]
}

function chapter(title, ...content) {
  return h('li', {}, h('h2', {}, title), ...content)
}

function badChapter(title, ...content) {
  return h('li.bad', {}, h('h2', {}, title), ...content)
}

function facts(...rows) {
  return h(
    'dl.facts',
    {},
    rows.filter(Boolean).map(([name, ...value]) => [h('dt', {}, name), h('dd', {}, ...value)])
  )
}

function fileChapter({ id, name, sender, digest, receivedAt, clearingDay }, { line, byteOffset }) {
  return chapter(
    both('来自文件', 'The file it came in'),
    facts(
      [both('文件', 'File'), h('a.mono', { href: `#/file/${id}` }, name)],
      sender ? [both('发送机构', 'Sender'), sender] : null,
      [
        both('位置', 'Place'),
        both(`第 ${line} 行`, `line ${line}`),
        byteOffset === undefined ? null : both(`，第 ${byteOffset} 字节起`, `, from byte ${byteOffset}`)
      ],
      [both('收到', 'Received'), receivedAt],
      [both('SM3 摘要', 'SM3 digest'), h('span.mono.digest', {}, digest)],
      clearingDay ? [both('清算日', 'Clearing day'), h('a', { href: `#/days/${clearingDay}` }, clearingDay)] : null
    )
  )
}

function outcomeChapter({ code, chinese, english, detail }) {
  const make = code === accepted ? chapter : badChapter
  const title = code === accepted ? both('检查通过', 'It passed every check') : both('检查未通过', 'It was refused')
  return make(title, h('p', {}, h('span.mono', {}, code), ' ', both(chinese, english), detail ? ` · ${detail}` : ''))
}

function transactionChapter({ occurredAt, acquirer, issuer, service, passage, price, charged, discount, terminal }) {
  return chapter(
    both('刷卡', 'The tap'),
    facts(
      [both('时间', 'Time'), occurredAt],
      [both('业务', 'Service'), service, ' ', passages[passage]],
      [both('收单', 'Acquirer'), acquirer],
      [both('发卡', 'Issuer'), issuer],
      [both('终端', 'Terminal'), h('span.mono', {}, terminal)],
      [both('应收', 'Price'), yuan(price)],
      [
        both('实收', 'Charged'),
        yuan(charged),
        discount > 0 ? both(`，优惠 ${yuan(discount)}`, `, discount ${yuan(discount)}`) : null
      ]
    )
  )
}

function tacChapter(tac) {
  if (!tac.proved)
    return chapter(
      both('无 TAC 可验', 'No TAC to prove'),
      h('p.soft', {}, both('该数据来源不带 TAC。', 'This source carries none.'))
    )
  const { algorithm, keyVersion, keyIndex, verdict } = tac
  return chapter(
    both('TAC 验证', 'TAC'),
    facts(
      [both('结论', 'Verdict'), verdict],
      [both('算法', 'Algorithm'), algorithm],
      [both('密钥版本 / 索引', 'Key version / index'), `${keyVersion} / ${keyIndex}`],
      ['TAC', h('span.mono', {}, tac.tac)]
    )
  )
}

/** Fees are exact to a fraction of a fen; they are rounded only in sums, so they are shown as they are. */
function feeChapter({ agreement, chargeRate, acquirerShare, issuerShare, fee, acquirerFee, issuerFee, centreFee }) {
  const inFen = (exact) => both(`${exact} 分`, `${exact} fen`)
  return chapter(
    both('计费', 'The fee'),
    facts(
      [
        both('协议', 'Agreement'),
        both(`第 ${agreement} 号，费率 ${chargeRate}`, `no. ${agreement}, rate ${chargeRate}`)
      ],
      [both('费用', 'Fee'), inFen(fee)],
      [both('收单方', 'Acquirer'), inFen(acquirerFee), ` (${acquirerShare})`],
      [both('发卡方', 'Issuer'), inFen(issuerFee), ` (${issuerShare})`],
      [both('清算中心', 'Centre'), inFen(centreFee)]
    )
  )
}

function fareChapter(fare) {
  return chapter(both('票价与优惠', 'The fare and its discount'), facts(...fareFacts(fare)))
}

function dayChapter({ day, serial, positions, statements }) {
  return chapter(
    both('结算与结算单', 'Settlement and statements'),
    facts(
      [both('清算日', 'Clearing day'), h('a', { href: `#/days/${day}` }, day)],
      [both('清算流水号', 'Serial'), h('span.mono', {}, serial)],
      ...positions.map(({ participant, income, expense }) => [
        participant,
        both(
          `当日应收 ${money(income)}，应付 ${money(expense)}`,
          `that day receives ${money(income)}, pays ${money(expense)}`
        )
      ]),
      ...statements.map(({ participant, number, files }) => [
        participant,
        both(`第 ${number} 号结算单`, `statement no. ${number}`),
        ' ',
        h('span.mono.small.soft', {}, files.join(', '))
      ])
    )
  )
}
