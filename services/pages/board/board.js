// The departures board of one place (/board#440100003): asks every few seconds with the ETag of what it shows, changes in place, and
// keeps showing the last news, saying how old they are, when the network is away.
import { call, platformNow } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { clockOf, clockWithSeconds } from '../shell/format.js'
import { startPage } from '../shell/frame.js'
import { both } from '../shell/language.js'
import { emptyState, loading, noticeRegion, showProblem } from '../shell/notice.js'
import { placeInput, suggestionsOf } from '../shell/place-input.js'
import { pageRows, stateWords } from './board-words.js'

const askAgainMs = 4_000
const turnPageMs = 12_000
const main = document.querySelector('#main')
let leave = new AbortController()

function show() {
  leave.abort()
  leave = new AbortController()
  const code = location.hash.slice(1)
  document.querySelector('#place-button').hidden = code === ''
  if (code === '') void choosePlace()
  else void runBoard(code, leave.signal)
}

async function choosePlace() {
  fill(main, loading())
  const places = await call('GET', '/v1/places')
  const names = new Map(places.map(({ name, code }) => [name, code]))
  const suggestions = suggestionsOf(places).filter(({ text }) => names.has(text))
  const place = placeInput({ id: 'place', label: both('车站或港口', 'Station or port'), value: '', suggestions })
  const go = () => {
    const code = names.get(place.input.value.trim())
    if (code) location.hash = code
  }
  place.input.addEventListener('change', go)
  const form = h('form.stack', { novalidate: true }, place.element, h('button.button.main', {}, both('显示', 'Show')))
  form.addEventListener('submit', (event) => (event.preventDefault(), go()))
  fill(main, h('div.choose-place.stack', {}, h('h1', {}, both('哪个站的班次？', 'Departures of which place?')), form))
  place.input.focus()
}

async function runBoard(code, left) {
  const title = h('h1', { tabindex: '-1' })
  const clock = h('span.board-clock', { 'aria-hidden': 'true' })
  const region = noticeRegion()
  const body = h('tbody')
  const table = h('table.board', {}, tableHead(), body)
  const place = h('div', {}, loading())
  fill(main, h('div.board-head', {}, title, clock), region, place)
  const state = { etag: null, board: null, shown: new Map(), page: 0, heardAt: Date.now() }
  const draw = () => drawRows({ state, body, place, table })
  const ask = async () => {
    try {
      if (await refresh(code, state, left)) {
        fill(title, state.board.name)
        draw()
      }
      state.heardAt = Date.now()
      fill(region)
    } catch (problem) {
      if (left.aborted) return
      if (state.board) fill(region, staleNotice(state.heardAt))
      else showProblem(region, problem)
    }
  }
  const every = (ms, work) => {
    const timer = setInterval(() => void work(), ms)
    left.addEventListener('abort', () => clearInterval(timer))
  }
  every(1000, () => fill(clock, clockWithSeconds(platformNow())))
  every(askAgainMs, () => void ask())
  every(turnPageMs, () => {
    state.page++
    if (state.board) draw()
  })
  await ask()
}

/** True when there is something new. */
async function refresh(code, state, left) {
  const headers = state.etag ? { 'if-none-match': state.etag } : {}
  const answer = await fetch(`/v1/board/${encodeURIComponent(code)}`, { headers, signal: left })
  if (answer.status === 304) return false
  if (!answer.ok) {
    // Asked once more in the usual way, for words.
    state.board = await call('GET', `/v1/board/${encodeURIComponent(code)}`)
    return true
  }
  state.etag = answer.headers.get('etag')
  state.board = await answer.json()
  return true
}

function staleNotice(heardAt) {
  const at = clockOf(heardAt)
  return h('p.notice.warn', {}, both(`暂时连不上平台，以下为 ${at} 的情况`, `No connection; this is as of ${at}`))
}

function tableHead() {
  const heads = [
    both('时间', 'Time'),
    both('班次', 'No.'),
    both('开往', 'To'),
    both('检票口 · 发车位', 'Gate · bay'),
    both('状态', 'State')
  ]
  return h(
    'thead',
    {},
    h(
      'tr',
      {},
      heads.map((text) => h('th', { scope: 'col' }, text))
    )
  )
}

function drawRows({ state, body, place, table }) {
  const rows = pageRows(state.board.rows, state.page, matchMedia('(max-width: 46rem)').matches ? 100 : rowsThatFit())
  if (rows.length === 0) {
    const nothing = emptyState(
      both('近八小时没有班次', 'Nothing leaves in the next eight hours'),
      both('稍后自动更新。', 'This page updates itself.')
    )
    return fill(place, nothing)
  }
  if (table.parentNode !== place) fill(place, table)
  const before = state.shown
  state.shown = new Map(state.board.rows.map((row) => [row.departure, JSON.stringify(row)]))
  fill(
    body,
    rows.map((row) => {
      const changed = before.has(row.departure) && before.get(row.departure) !== JSON.stringify(row)
      return boardRow(row, changed)
    })
  )
}

const rowsThatFit = () => Math.max(5, Math.floor((innerHeight - 190) / Math.max(58, innerWidth / 26)))

function boardRow(row, changed) {
  const { departsAt, plannedAt, number, toName, via, gate, bay } = row
  const { words, tone } = stateWords(row)
  const late = plannedAt && plannedAt !== departsAt
  return h(
    `tr${tone ? `.${tone}` : ''}${changed ? '.changed' : ''}`,
    {},
    h('td.when', {}, late ? h('span.was', {}, clockOf(plannedAt)) : null, clockOf(departsAt)),
    h('td.service', {}, number),
    h(
      'td.destination',
      {},
      h('span.where', {}, toName),
      via.length > 0 ? h('span.via', {}, both(`经 ${via.join('、')}`, `via ${via.join(', ')}`)) : null
    ),
    h('td.gate', {}, gate ? both(`${gate} 口`, `Gate ${gate}`) : null, gate && bay ? ' · ' : null, bay),
    h('td.state', {}, words)
  )
}

startPage()
addEventListener('hashchange', show)
document.querySelector('#place-button').addEventListener('click', () => (location.hash = ''))
document.querySelector('#full-screen').addEventListener('click', () => {
  if (document.fullscreenElement) void document.exitFullscreen()
  else void document.documentElement.requestFullscreen()
})
show()
