// What was published of a day: a statement and files per participant, each with its digest and its detached signature.
import { fill, h, whileBusy } from '../shell/element.js'
import { bytes, count } from '../shell/format.js'
import { both } from '../shell/language.js'
import { emptyState, noticeRegion, showProblem } from '../shell/notice.js'
import { save } from './download.js'

const kinds = {
  statement: both('结算单', 'Statement'),
  paper: both('结算单 PDF', 'Statement, PDF'),
  workbook: both('结算单 XLSX', 'Statement, XLSX'),
  summary: both('汇总表', 'Summary'),
  transactions: both('交易明细', 'Transactions'),
  ED: both('差错申请 ED', 'Disputes ED'),
  CM: both('差错应答 CM', 'Answers CM'),
  AD: both('差错调整 AD', 'Adjustments AD'),
  LD: both('日志文件 LD', 'Log LD'),
  FB: both('反馈文件 FB', 'Feedback FB'),
  CL: both('清算文件 CL', 'Clearing CL'),
  CR: both('清算结果 CR', 'Result CR'),
  BP: both('收付文件 BP', 'Payments BP')
}

export function statementsSection(published, { day, state }, desk) {
  const heading = h('h2', {}, both('已签名的结算文件', 'Signed statements and files'))
  if (published.length === 0)
    return h('section.stack-tight', {}, heading, emptyState(both('尚未发布', 'Not published yet'), waitingFor(state)))
  const region = noticeRegion()
  const groups = [...Map.groupBy(published, ({ participant }) => participant).values()]
  return h(
    'section.stack-tight',
    { id: 'statements' },
    h(
      'div.row.apart',
      {},
      heading,
      h('span.small.soft', {}, both(`${published.length} 份`, `${published.length} files`))
    ),
    region,
    h(
      'div.card.folds',
      {},
      groups.map((files) => participantFiles(files, { desk, region, open: groups.length <= 2 }))
    ),
    howToVerify(day)
  )
}

function waitingFor(state) {
  return state === 'published' || state === 'disputed' || state === 'adjusting'
    ? both('当日没有可发布的文件。', 'There was nothing to publish.')
    : both('按“发布结算文件”，或等夜间作业自动发布。', 'Press “Publish”, or wait for the night to do it.')
}

function participantFiles(files, { desk, region, open }) {
  const [{ participant, participantName }] = files
  return h(
    'details.fold',
    { open },
    h(
      'summary',
      {},
      h('strong', {}, participantName),
      ' ',
      h(
        'span.small.soft',
        {},
        h('span.mono', {}, participant),
        both(` · ${files.length} 份`, ` · ${files.length} files`)
      )
    ),
    h(
      'ul.statements',
      {},
      files.map((file) => fileRow(file, { desk, region }))
    )
  )
}

function fileRow(file, { desk, region }) {
  const { id, kind, name, size, lines, digest } = file
  const download = (path, as) => (event) =>
    whileBusy(event.currentTarget, () =>
      save({ path, as, session: desk.session() }).catch((problem) => showProblem(region, problem))
    )
  return h(
    'li',
    {},
    h(
      'div',
      {},
      h(
        'div.row',
        {},
        h('strong', {}, kinds[kind] ?? kind),
        h('span.mono.small', {}, name),
        h('span.small.soft', {}, bytes(size), both(` · ${count(lines)} 行`, ` · ${count(lines)} lines`))
      ),
      h('div.small.soft', {}, 'SM3 ', h('span.mono.digest', {}, digest))
    ),
    h(
      'div.row',
      {},
      h(
        'button.button.slim',
        {
          type: 'button',
          'aria-label': both(`下载 ${name}`, `Download ${name}`),
          onclick: download(`/v1/clearing/published/${id}`, name)
        },
        both('下载', 'Download')
      ),
      h(
        'button.button.quiet.slim',
        {
          type: 'button',
          'aria-label': both(`下载 ${name} 的签名`, `Download the signature of ${name}`),
          onclick: download(`/v1/clearing/published/${id}/signature`, `${name}.sig`)
        },
        both('签名', 'Signature')
      )
    )
  )
}

function howToVerify(day) {
  const place = h('details.fold', {}, h('summary', {}, both('如何用公开工具验证', 'How to verify with public tools')))
  const command = 'openssl dgst -sm3 -verify statement-key.pem -signature FILE.sig -sigopt distid:1234567812345678 FILE'
  return fill(
    place,
    place.firstElementChild,
    h(
      'p.small',
      {},
      h(
        'a',
        { href: '/v1/clearing/statement-key', download: 'statement-key.pem' },
        both('下载验签公钥', 'Download the public key')
      ),
      both('，与文件及其签名放在一起，然后：', ', put it beside the file and its signature, then:')
    ),
    h('code.raw-line.mono', {}, command),
    h(
      'p.small.soft',
      {},
      both('命令行另可整日核验：', 'The whole day, from the command line: '),
      h('span.mono', {}, `npm run clearing -- verify ${day}`)
    )
  )
}
