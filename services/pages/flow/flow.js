// Passenger flow: one analysed day at a time, as profiles, heat maps, flows between zones and loads along a line, each of them with
// its table and its file. What is inferred is said to be, and how often the method was right.
import { field, fill, h } from '../shell/element.js'
import { count } from '../shell/format.js'
import { startPage } from '../shell/frame.js'
import { both } from '../shell/language.js'
import { emptyState, loading, noticeRegion, showProblem } from '../shell/notice.js'
import { sessionOf } from '../shell/session.js'
import { signInFirst } from '../shell/sign-in-first.js'
import { ask, role } from './flow-parts.js'
import { discountUse, lineLoads, operationTable } from './line-sections.js'
import { profile, stationHeat } from './time-sections.js'
import { zoneFlows } from './zone-sections.js'

const main = document.querySelector('#main')
let leave = new AbortController()

async function show() {
  leave.abort()
  leave = new AbortController()
  if (!sessionOf(role))
    return fill(
      main,
      signInFirst({
        role,
        title: both('客流分析需要操作员登录', 'Passenger flow is for operators'),
        hint: both(
          '平台启动时会打印示例操作员的登录名与密码。',
          'The platform prints the sample operator’s name when it starts.'
        )
      })
    )
  fill(main, loading())
  try {
    const days = await ask('days')
    if (!days) return
    const day = location.hash.slice(2) || busiest(days)
    const shown = days.find((one) => one.day === day)
    if (!shown) return fill(main, nothingYet())
    await showDay(days, shown, leave.signal)
  } catch (problem) {
    const region = noticeRegion()
    fill(main, region)
    showProblem(region, problem)
  }
}

/** The day with most to see. */
function busiest(days) {
  return days.toSorted((a, b) => b.placed - a.placed)[0]?.day
}

async function showDay(days, shown, left) {
  const { day } = shown
  const parts = ['boardings', 'journeys', 'loads', 'discounts']
  const [boardings, journeys, loads, discounts] = await Promise.all(parts.map((part) => ask(`days/${day}/${part}`)))
  const operations = await ask(`operations/${day}`)
  const content = [
    h(
      'div.row.apart',
      {},
      h('h1', {}, both('客流分析', 'Passenger flow')),
      h('div.flow-choices', {}, dayChoice(days, day))
    ),
    figures(shown),
    certainty(shown),
    profile(boardings, { day, left }),
    h('div.flow-two', {}, stationHeat(boardings, left), zoneFlows(journeys, { day, left })),
    h('div', { id: 'pairs' }),
    lineLoads(loads, { day, left }),
    discountUse(discounts, day),
    operationTable(operations)
  ]
  fill(main, h('div.stack', {}, content))
}

function dayChoice(days, day) {
  const input = h(
    'select',
    { id: 'day' },
    days.map((one) => h('option', { value: one.day, selected: one.day === day }, `${one.day} · ${count(one.taps)}`))
  )
  input.addEventListener('change', () => (location.hash = `#/${input.value}`))
  return field(both('出行日 · 刷卡次数', 'Day · taps'), input)
}

function figures({ taps, known, placed, paired, inferred, transfers, journeys, coupons }) {
  const share = (part) => (taps === 0 ? '—' : `${((part / taps) * 100).toFixed(1)} %`)
  const rows = [
    [both('刷卡', 'Taps'), count(taps)],
    [both('线路已知', 'Line known'), share(known)],
    [both('站点已知', 'Place known'), share(placed)],
    [both('地铁进出站配对', 'Metro rides paired'), count(paired)],
    [both('推断的下车站', 'Alightings inferred'), count(inferred)],
    [both('换乘', 'Transfers'), count(transfers)],
    [both('出行', 'Journeys'), count(journeys)],
    [both('客票', 'Tickets used'), count(coupons)]
  ]
  return h(
    'dl.flow-figures.card',
    {},
    rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)))
  )
}

function certainty({ openEntries, openExits, notInferred, chainTried, chainRight, chainNear }) {
  const percent = (part) => ((part / Math.max(1, chainTried)) * 100).toFixed(0)
  const tried =
    chainTried === 0
      ? both('当日没有可检验的地铁行程。', 'No metro ride of the day could be tried.')
      : both(
          `同一方法用于出站已知的 ${count(chainTried)} 次地铁行程：${percent(chainRight)} % 正确，${percent(chainNear)} % 误差不超过一站。`,
          `Tried on ${count(chainTried)} metro rides whose exit is known: right ${percent(chainRight)} %, within one stop ${percent(chainNear)} %.`
        )
  return h(
    'section.notice',
    { 'aria-label': both('可靠程度', 'How sure this is') },
    h(
      'p',
      {},
      both(
        `公交下车站由出行链推断（下一次上车处，末次回到当日起点）；${count(notInferred)} 次乘车无法推断。断面客流按最快路径分配。`,
        `Where bus passengers got off is inferred by trip chaining (where the next ride begins; the last returns to the first); ${count(notInferred)} rides could not be. Loads follow the quickest way.`
      )
    ),
    h('p', {}, tried),
    h(
      'p.small.soft',
      {},
      both(
        `只进未出 ${count(openEntries)}，只出未进 ${count(openExits)}。不足 10 人的格子一律不显示。`,
        `Entries without an exit ${count(openEntries)}, exits without an entry ${count(openExits)}. Cells of fewer than ten people are never shown.`
      )
    )
  )
}

function nothingYet() {
  return emptyState(
    both('尚无已分析的日子', 'No day was analysed yet'),
    both('清算日发布后由后台自动分析。', 'The worker analyses a clearing day once it is published.')
  )
}

startPage({ role })
window.addEventListener('hashchange', () => void show())
document.addEventListener('session', () => void show())
void show()
