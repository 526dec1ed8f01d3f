// Card files: everything that arrived, what was accepted and what was refused and why, down to the line.
import { describeError } from '../../../clearing/card-files/error-codes.ts'
import { fill, h } from '../shell/element.js'
import { bytes, count, moment, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { emptyState, loading } from '../shell/notice.js'
import { rejectsSection } from './rejects.js'
import { uploadSection } from './upload.js'
import { watchWork } from './work.js'

const accepted = '000000'
const states = {
  loading: ['badge.accent', both('处理中', 'Loading')],
  accepted: ['badge.good', both('已受理', 'Accepted')],
  refused: ['badge.bad', both('已拒收', 'Refused')]
}
const signatures = {
  absent: both('未签名', 'not signed'),
  valid: both('签名有效', 'signature valid'),
  invalid: both('签名无效', 'signature invalid')
}
const filters = [[null, both('全部', 'All')], ...Object.entries(states).map(([state, [, text]]) => [state, text])]

export async function filesView(main, desk) {
  const [list, work, choice] = [
    h('div.stack-tight', { 'aria-live': 'polite' }),
    h('section.card.stack-tight'),
    h('div.row', { role: 'group' })
  ]
  let chosen = null
  const refresh = async () => {
    const files = await desk.ask(`/v1/clearing/files?limit=200${chosen ? `&state=${chosen}` : ''}`)
    if (files && !desk.left.aborted) fill(list, filesTable(files))
  }
  const choose = (state) => {
    chosen = state
    fill(
      choice,
      ...filters.map(([one, text]) =>
        h(
          'button.button.slim',
          { type: 'button', 'aria-pressed': String(one === chosen), onclick: () => choose(one) },
          text
        )
      )
    )
    return refresh()
  }
  fill(
    main,
    h(
      'div.stack',
      {},
      h('h1', { tabindex: '-1' }, both('卡交易文件', 'Card files')),
      h('div.two', {}, uploadSection({ ...desk, refresh }), work),
      h('div.row.apart', {}, h('h2', {}, both('收到的文件', 'Received')), choice),
      list
    )
  )
  fill(list, loading())
  watchWork(work, { ...desk, finished: () => void refresh() })
  await choose(null)
}

export function filesTable(files) {
  if (files.length === 0)
    return emptyState(
      both('没有文件', 'No files'),
      both('文件可由上方送交，或放入收件夹。', 'Send one, or drop it into the inbox folder.')
    )
  const heads = [both('文件', 'File'), both('状态', 'State')]
  const figures = [
    both('行', 'Lines'),
    both('受理', 'Accepted'),
    both('拒绝', 'Rejected'),
    both('金额', 'Amount'),
    both('大小', 'Size')
  ]
  return h(
    'div.table-scroll',
    { tabindex: '0', role: 'region', 'aria-label': both('文件列表', 'Files') },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          heads.map((text) => h('th', { scope: 'col' }, text)),
          figures.map((text) => h('th.number', { scope: 'col' }, text))
        )
      ),
      h('tbody', {}, files.map(fileRow))
    )
  )
}

function fileRow(file) {
  const { id, name, senderName, format, lines, accepted, rejected, amount, size } = file
  return h(
    'tr',
    {},
    h(
      'th',
      { scope: 'row' },
      h('a.mono', { href: `#/file/${id}` }, name),
      h('div.small.soft', {}, senderName ?? format)
    ),
    h('td', {}, stateWords(file)),
    ...[count(lines), count(accepted), count(rejected), yuan(amount), bytes(size)].map((text) =>
      h('td.number', {}, text)
    )
  )
}

/** A refused file is never just refused: its code, what the code means, and what was found. */
function stateWords({ state, code, detail }) {
  const [tag, text] = states[state]
  const meaning = describeError(code)
  const why =
    code === accepted
      ? []
      : [
          h(
            'div.small',
            {},
            h('span.mono', {}, code),
            ' ',
            meaning ? both(meaning.chinese, meaning.english) : '',
            detail ? ` · ${detail}` : ''
          )
        ]
  return [h(`span.${tag}`, {}, text), ...why]
}

export async function fileView(main, id, desk) {
  fill(main, loading())
  const file = await desk.ask(`/v1/clearing/files/${id}`)
  const lines = file && (await desk.ask(`/v1/clearing/files/${id}/rejects?limit=200`))
  if (!lines || desk.left.aborted) return
  fill(
    main,
    h(
      'div.stack',
      {},
      h('a', { href: '#/files' }, both('← 全部文件', '← All files')),
      h('h1.mono', { tabindex: '-1' }, file.name),
      h('div.row', {}, ...stateWords(file)),
      facts(file),
      rejectsSection(file.rejects, desk),
      lines.length > 0 ? rejectedLines(file, lines) : null
    )
  )
}

function facts({
  senderName,
  sender,
  format,
  size,
  digest,
  signatureState,
  receivedAt,
  clearingDay,
  lines,
  accepted,
  amount
}) {
  const fact = (name, ...value) => [h('dt', {}, name), h('dd', {}, ...value)]
  return h(
    'dl.facts.card',
    {},
    fact(both('发送机构', 'Sender'), senderName ?? '—', sender ? h('span.mono.soft', {}, ` ${sender}`) : null),
    fact(both('格式', 'Format'), format),
    fact(both('大小', 'Size'), bytes(size)),
    fact(both('SM3 摘要', 'SM3 digest'), h('span.mono.digest', {}, digest)),
    fact(both('签名', 'Signature'), signatures[signatureState]),
    fact(both('收到', 'Received'), moment(receivedAt)),
    fact(both('清算日', 'Clearing day'), clearingDay ? h('a', { href: `#/days/${clearingDay}` }, clearingDay) : '—'),
    fact(both('受理', 'Accepted'), `${count(accepted)} / ${count(lines)} · ${yuan(amount)}`)
  )
}

function rejectedLines({ id }, lines) {
  const heads = [both('行', 'Line'), both('原因', 'Reason'), both('说明', 'Detail')]
  const rows = lines.map(({ lineNumber, code, detail }) => {
    const meaning = describeError(code)
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, h('a.mono', { href: `#/explain/${id}:${lineNumber}` }, `${id}:${lineNumber}`)),
      h('td', {}, h('span.mono', {}, code), ' ', meaning ? both(meaning.chinese, meaning.english) : ''),
      h('td.soft', {}, detail)
    )
  })
  return h(
    'section.stack-tight',
    {},
    h('h2', {}, both('被拒绝的行（前 200 行）', 'Rejected lines (the first 200)')),
    h(
      'div.table-scroll',
      { tabindex: '0', role: 'region', 'aria-label': both('被拒绝的行', 'Rejected lines') },
      h(
        'table',
        {},
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            heads.map((text) => h('th', { scope: 'col' }, text))
          )
        ),
        h('tbody', {}, rows)
      )
    )
  )
}
