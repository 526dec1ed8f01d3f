// The days, and one of them: its steps on top, then one side of it at a time.
import { fill, h } from '../shell/element.js'
import { count, dayName, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { emptyState, loading } from '../shell/notice.js'
import { daySteps, stateBadge } from './day-steps.js'
import { discountsSection } from './discounts.js'
import { expectedSection } from './expected.js'
import { filesTable } from './files.js'
import { foremostPositions, positionsSection } from './positions.js'
import { rejectsSection } from './rejects.js'
import { statementsSection } from './statements.js'
import { totalsSection } from './totals.js'
import { watchWork } from './work.js'

const listedMax = 60

/** name of a side → [words, what it asks the API for, how it is shown]. */
const sides = {
  overview: [both('概览', 'Overview'), ['positions', 'rejects'], overview],
  positions: [
    both('轧差额', 'Net positions'),
    ['positions'],
    ([positions], row, desk) => settledOnly(row, () => [positionsSection(positions, desk)])
  ],
  prices: [
    both('应收与实收', 'Price and charged'),
    ['totals', 'discounts'],
    ([totals, discounts], row, desk) =>
      settledOnly(row, () => [totalsSection(totals, desk), discountsSection(discounts)])
  ],
  statements: [
    both('结算单', 'Statements'),
    ['published'],
    ([published], row, desk) => settledOnly(row, () => [statementsSection(published, row, desk)])
  ],
  files: [both('文件', 'Files'), ['files'], ([files]) => [filesTable(files)]],
  expected: [both('应到', 'Expected'), ['expected'], ([expected]) => [expectedSection(expected)]]
}

/** `wanted` is the day of the address; without one, the latest published. `side` is which side of it is looked at. */
export async function daysView(main, [wanted, side], desk) {
  fill(main, loading())
  const days = (await desk.ask(`/v1/clearing/days?limit=${listedMax}`)) ?? []
  if (days.length === 0) return fill(main, noDays())
  const day = wanted ?? days.find(({ publishedAt }) => publishedAt !== null)?.day ?? days[0].day
  const chosen = { day, side: Object.hasOwn(sides, side) ? side : 'overview' }
  const list = h('nav.day-list', { 'aria-label': both('清算日', 'Clearing days') }, dayLinks(days, chosen))
  const [work, shown] = [h('section.stack-tight'), h('div.stack', {}, loading())]
  fill(main, h('div.desk-days', {}, h('div.stack', {}, list, work), shown))
  list.querySelector('[aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' })
  const refresh = async () => {
    const fresh = await desk.ask(`/v1/clearing/days?limit=${listedMax}`)
    if (!fresh || desk.left.aborted) return
    fill(list, dayLinks(fresh, chosen))
    await showDay(shown, chosen, { ...desk, refresh })
  }
  watchWork(work, { ...desk, finished: () => void refresh() })
  await showDay(shown, chosen, { ...desk, refresh })
}

function noDays() {
  return emptyState(
    both('还没有清算日', 'No clearing day yet'),
    both('收到第一份卡交易文件后，当日即开启。', 'The first card file opens one.'),
    h('p.row.centred', {}, h('a.button', { href: '#/files' }, both('送交文件', 'Send a file')))
  )
}

function dayLinks(days, chosen) {
  return days.map(({ day, state, accepted, amount }) =>
    h(
      'a',
      { href: `#/days/${day}/${chosen.side}`, 'aria-current': day === chosen.day ? 'page' : null },
      h('strong', {}, dayName(day)),
      stateBadge(state),
      h('span.small.soft', {}, both(`${count(accepted)} 笔`, `${count(accepted)} lines`), ' · ', yuan(amount))
    )
  )
}

async function showDay(place, { day, side }, desk) {
  const [, parts, show] = sides[side]
  const paths = ['', ...parts.map((part) => `/${part}`)].map((part) => `/v1/clearing/days/${day}${part}`)
  const [row, ...answers] = await Promise.all(paths.map((path) => desk.ask(path)))
  if (desk.left.aborted || row === null || answers.includes(null)) return
  fill(
    place,
    h(
      'div.row.apart',
      {},
      h('h1', { tabindex: '-1' }, dayName(day), ' ', h('span.day-code.mono', {}, day)),
      stateBadge(row.state)
    ),
    daySteps(row, desk),
    h('nav.tabs', { 'aria-label': both('查看', 'Sides of the day') }, tabLinks(day, side)),
    ...show(answers, row, desk)
  )
}

function tabLinks(day, chosen) {
  return Object.entries(sides).map(([side, [text]]) =>
    h('a', { href: `#/days/${day}/${side}`, 'aria-current': side === chosen ? 'page' : null }, text)
  )
}

function overview([positions, rejects], row, desk) {
  const money = row.settledAt ? foremostPositions(positions, { day: row.day, left: desk.left }) : notSettled()
  return [figures(row), h('div.two', {}, money, rejectsSection(rejects, desk))]
}

function settledOnly(row, show) {
  return row.settledAt ? show() : [notSettled()]
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
    tile(both('受理金额', 'Accepted amount'), yuan(amount))
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
