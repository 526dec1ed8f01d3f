// The gates of this place: how old the lists of each are, and what they did on their own that the platform knew otherwise. What a passenger
// owes for it is collected, or forgiven by two: whoever is here proposes, the station manager agrees.
import { fill, h, whileBusy } from '../shell/element.js'
import { clockOf, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { noticeRegion, showProblem } from '../shell/notice.js'

const askAgainMs = 10_000
const resolutionWords = {
  collected: both('已补收', 'Collected'),
  waived: both('免收', 'Waive'),
  'same-passenger': both('同一旅客', 'Same passenger'),
  'gate-fault': both('检票口差错', 'Gate’s fault'),
  'passenger-absent': both('未乘车', 'Did not travel')
}
const freshnessWords = {
  fresh: ['.good', both('名单新', 'Lists fresh')],
  warn: ['.warn', both('名单偏旧', 'Lists getting old')],
  document: ['.warn', both('断网须核证件', 'Offline: documents asked for')],
  stopped: ['.bad', both('断网即停检', 'Offline: nobody passes')],
  never: ['', both('未取过名单', 'Never had lists')]
}

export function gatesOf(desk) {
  const region = noticeRegion()
  const lists = h('ul')
  const listsPart = h('div', { hidden: true }, h('h2', {}, both('检票口名单', 'Lists of the gates')), lists)
  const [heading, conflicts] = [h('h2'), h('ul')]
  const conflictsPart = h('div', { hidden: true }, heading, region, conflicts)
  const element = h('section.gates', {}, conflictsPart, listsPart)
  const place = encodeURIComponent(desk.place.code)
  const look = async () => {
    const [seen, open] = await Promise.all([
      desk.ask('GET', `/v1/gate-devices?place=${place}`),
      desk.ask('GET', `/v1/boarding/conflicts?open=true&place=${place}`)
    ]).catch(() => [null, null])
    if (!seen || !open || desk.left.aborted) return
    const living = seen.filter(({ revokedAt, seenAt }) => revokedAt === null && seenAt !== null)
    listsPart.hidden = living.length === 0
    fill(lists, living.map(sourceRow))
    conflictsPart.hidden = open.length === 0
    const owed = yuan(open.reduce((sum, one) => sum + one.owed, 0))
    fill(heading, both(`检票冲突 ${open.length} 起，应补 ${owed}`, `Conflicts at gates: ${open.length}, owed ${owed}`))
    // Somebody may be choosing: what is under the hand is not redrawn.
    if (conflicts.contains(document.activeElement)) return
    fill(
      conflicts,
      open.slice(0, 20).map((one) => conflictRow(one, desk.role, buttonOf({ desk, region, look, id: one.id })))
    )
  }
  void look()
  const timer = setInterval(() => element.isConnected && void look(), askAgainMs)
  desk.left.addEventListener('abort', () => clearInterval(timer))
  return { element }
}

/** Makes buttons that settle one conflict. */
function buttonOf({ desk, region, look, id }) {
  return (text, what, body) => {
    const settle = async () => {
      try {
        await desk.ask('PUT', `/v1/boarding/conflicts/${id}/${what}`, body)
        fill(region)
        made.blur()
        await look()
      } catch (problem) {
        showProblem(region, problem)
      }
    }
    const made = h('button.button.slim', { type: 'button', onclick: () => void whileBusy(made, settle) }, text)
    return made
  }
}

const proposers = {
  clerk: both('售票员', 'clerk'),
  dispatcher: both('调度员', 'dispatcher'),
  operator: both('运营', 'operator')
}

function conflictRow(one, role, button) {
  const { kindName, kindEnglish, ticketNo, gate, scannedAt, owed, proposed } = one
  return h(
    'li.stack-tight',
    {},
    h(
      'span.row.apart',
      {},
      h('strong', {}, both(kindName, kindEnglish)),
      owed > 0 ? h('strong', {}, yuan(owed)) : null
    ),
    h(
      'span.small.soft',
      {},
      both(`${gate} 号口 ${clockOf(scannedAt)}`, `Gate ${gate}, ${clockOf(scannedAt)}`),
      ticketNo ? ` · ${ticketNo}` : ''
    ),
    proposed
      ? h(
          'span.small',
          {},
          both('待站长同意：', 'Waits for the station manager: '),
          resolutionWords[proposed.resolution],
          ' · ',
          proposers[proposed.by.split(':')[0]]
        )
      : null,
    h('span.row', {}, ...actionsOn(role, one, button))
  )
}

function actionsOn(role, { owed, proposed }, button) {
  if (role === 'station-manager')
    return proposed
      ? [
          button(both('同意不收', 'Agree'), 'agreement', { agree: true }),
          button(both('退回补收', 'Collect it'), 'agreement', { agree: false })
        ]
      : []
  return Object.entries(resolutionWords)
    .filter(([resolution]) => resolution !== (owed > 0 ? 'passenger-absent' : 'collected'))
    .map(([resolution, text]) => button(text, 'resolution', { resolution }))
}

function sourceRow({ number, name, listsAgeSeconds, listsBehind, freshness }) {
  const [tone, words] = freshnessWords[freshness]
  const minutes = listsAgeSeconds === null ? null : Math.floor(listsAgeSeconds / 60)
  const age = minutes === null ? null : both(`${minutes} 分钟前`, `${minutes} min old`)
  const behind = listsBehind > 0 ? both(`，其后变动 ${listsBehind} 张`, `, ${listsBehind} tickets changed since`) : null
  return h(
    'li',
    {},
    h(
      'span.row.apart',
      {},
      h('strong', {}, both(`${number} 号口 `, `Gate ${number} `), name),
      h(`span.badge${tone}`, {}, words)
    ),
    h('span.small.soft', {}, age, behind)
  )
}
