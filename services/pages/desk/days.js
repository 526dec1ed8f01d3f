// The days, and one of them in full: its steps, its figures, who gets and who owes, what was refused and what was published.
import { fill, h } from '../shell/element.js'
import { count, dayName, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { emptyState, loading } from '../shell/notice.js'
import { daySteps, stateBadge } from './day-steps.js'
import { filesTable } from './files.js'
import { positionsSection } from './positions.js'
import { rejectsSection } from './rejects.js'
import { statementsSection } from './statements.js'
import { totalsSection } from './totals.js'
import { watchWork } from './work.js'

/** `wanted` is the day of the address; without one, the latest that has something to show. */
export async function daysView(main, wanted, desk) {
  fill(main, loading())
  const days = (await desk.ask('/v1/clearing/days?limit=60')) ?? []
  if (days.length === 0) return fill(main, noDays())
  const day = wanted ?? days.find(({ state }) => state === 'published')?.day ?? days[0].day
  const [list, work, shown] = [h('nav.day-list'), h('section.stack-tight'), h('div.stack')]
  fill(main, h('div.desk-days', {}, h('div.stack', {}, list, work), shown))
  list.append(...dayLinks(days, day))
  const refresh = async () => {
    const fresh = await desk.ask('/v1/clearing/days?limit=60')
    if (!fresh || desk.left.aborted) return
    fill(list, ...dayLinks(fresh, day))
    await showDay(shown, day, { ...desk, refresh })
  }
  watchWork(work, { ...desk, finished: () => void refresh() })
  await showDay(shown, day, { ...desk, refresh })
}

function noDays() {
  return emptyState(
    both('还没有清算日', 'No clearing day yet'),
    both('收到第一份卡交易文件后，当日即开启。', 'The first card file opens one.'),
    h('p.row.centred', {}, h('a.button', { href: '#/files' }, both('送交文件', 'Send a file')))
  )
}

function dayLinks(days, chosen) {
  return days.map((one) =>
    h(
      'a',
      { href: `#/days/${one.day}`, ...(one.day === chosen ? { 'aria-current': 'page' } : {}) },
      h('strong', {}, dayName(one.day)),
      stateBadge(one.state),
      h(
        'span.small.soft',
        {},
        both(`${count(one.accepted)} 笔`, `${count(one.accepted)} lines`),
        ' · ',
        yuan(one.amount)
      )
    )
  )
}

async function showDay(place, day, desk) {
  const parts = ['', '/positions', '/totals', '/rejects', '/published', '/files']
  const answers = await Promise.all(parts.map((part) => desk.ask(`/v1/clearing/days/${day}${part}`)))
  if (desk.left.aborted || answers.includes(null)) return
  const [row, positions, totals, rejects, published, files] = answers
  fill(
    place,
    h(
      'div.row.apart',
      {},
      h('h1', { tabindex: '-1' }, dayName(day), ' ', h('span.soft.mono', {}, day)),
      stateBadge(row.state)
    ),
    daySteps(row, desk),
    figures(row),
    ...(row.settledAt ? [positionsSection(positions, desk), totalsSection(totals, desk)] : [notSettled()]),
    rejectsSection(rejects, { day, ...desk }),
    ...(row.settledAt ? [statementsSection(published, row, desk)] : []),
    h('section.stack-tight', {}, h('h2', {}, both('当日文件', 'Files of the day')), filesTable(files))
  )
}

function figures({ files, lines, accepted, rejected, amount }) {
  const tile = (name, value) => h('div', {}, h('dt', {}, name), h('dd', {}, value))
  return h(
    'dl.tiles',
    {},
    tile(both('文件', 'Files'), count(files)),
    tile(both('交易行', 'Lines'), count(lines)),
    tile(both('受理', 'Accepted'), count(accepted)),
    tile(both('拒绝', 'Rejected'), count(rejected)),
    tile(both('受理金额（元）', 'Accepted amount'), yuan(amount))
  )
}

function notSettled() {
  return emptyState(
    both('尚未结算', 'Not settled yet'),
    both(
      '日切后结算，轧差额、费用与结算单会出现在这里。每日 03:00 自动进行。',
      'After the cut the day is settled; positions, fees and statements appear here. This happens by itself at 03:00.'
    )
  )
}
