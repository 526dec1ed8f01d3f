// Whose files a day expects and whether they came, and the gaps in file numbers and terminal counters.
import { h } from '../shell/element.js'
import { count, moment } from '../shell/format.js'
import { both } from '../shell/language.js'
import { emptyState } from '../shell/notice.js'

const states = {
  arrived: ['badge.good', both('已到', 'Arrived')],
  late: ['badge.warn', both('迟到', 'Late')],
  awaited: ['badge.accent', both('待到', 'Awaited')],
  missing: ['badge.bad', both('缺失', 'Missing')]
}

export function expectedSection({ files, numberGaps, counterGaps }) {
  return h(
    'section.stack',
    {},
    h('h2', {}, both('应到文件', 'Files expected')),
    files.length === 0
      ? emptyState(
          both('没有应到的文件', 'No file is expected'),
          both('近一周送过文件的机构会列在这里。', 'Who sent within the last week is listed here.')
        )
      : table(
          both('应到文件', 'Files expected'),
          [
            both('机构', 'Participant'),
            both('状态', 'State'),
            both('应到', 'Due'),
            both('首份到达', 'First came'),
            both('文件', 'Files'),
            both('催报', 'Chased')
          ],
          files.map(expectedRow)
        ),
    h('h2', {}, both('文件序号缺口', 'Gaps in file numbers')),
    numberGaps.length === 0
      ? h('p.notice.good', {}, both('没有缺号。', 'No number is missing.'))
      : h(
          'ul',
          {},
          numberGaps.map(({ code, fileDay, from, to }) =>
            h('li.mono', {}, `${code} · ${fileDay} · ${from}${from === to ? '' : `–${to}`}`)
          )
        ),
    h('h2', {}, both('终端交易序号缺口', 'Gaps in terminal counters')),
    counterGaps.length === 0
      ? h('p.notice.good', {}, both('没有缺口。', 'No counter skipped.'))
      : table(
          both('终端交易序号缺口', 'Gaps in terminal counters'),
          [
            both('终端', 'Terminal'),
            both('收单机构', 'Acquirer'),
            both('首末序号', 'First to last'),
            both('收到', 'Seen'),
            both('缺', 'Missing')
          ],
          counterGaps.map(counterRow)
        )
  )
}

function table(name, heads, rows) {
  return h(
    'div.table-scroll',
    { tabindex: '0', role: 'region', 'aria-label': name },
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
}

function expectedRow({ participant, name, state, due, firstAt, files, chasedAt }) {
  const [tag, text] = states[state]
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, name, ' ', h('span.mono.small', {}, participant)),
    h('td', {}, h(`span.${tag}`, {}, text)),
    h('td', {}, moment(due)),
    h('td', {}, firstAt ? moment(firstAt) : '—'),
    h('td.number', {}, count(files)),
    h('td', {}, chasedAt ? moment(chasedAt) : '—')
  )
}

function counterRow({ terminal, acquirer, first, last, seen }) {
  return h(
    'tr',
    {},
    h('th.mono', { scope: 'row' }, terminal),
    h('td.mono', {}, acquirer),
    h('td.number', {}, `${count(first)}–${count(last)}`),
    h('td.number', {}, count(seen)),
    h('td.number', {}, count(last - first + 1 - seen))
  )
}
