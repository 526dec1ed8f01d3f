// The counter's page: sign in, say once which window this is, open the shift, and sell. Every view has its keys on the bar below,
// and the keyboard always lands somewhere useful.
import { call } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { startPage } from '../shell/frame.js'
import { both } from '../shell/language.js'
import { emptyState, loading, noticeRegion, showProblem } from '../shell/notice.js'
import { sessionOf, signInAs, withSession } from '../shell/session.js'
import { chooseWindow, openingForm } from './set-up.js'
import { listenToShortcuts } from './shortcuts.js'
import { saleView } from './sale/sale.js'
import { shiftView } from './shift/shift.js'
import { searchView } from './after-sale/ticket-search.js'
import { waitingCashView } from './after-sale/waiting-cash.js'

const role = 'clerk'
const windowKey = 'counter-window'
const main = document.querySelector('#main')
const views = { sale: saleView, search: searchView, cash: waitingCashView, shift: shiftView }
let leave = new AbortController()
let signedIn = false

async function show(view = 'sale') {
  leave.abort()
  leave = new AbortController()
  const left = leave.signal
  signedIn = sessionOf(role) !== null
  showDesk()
  fill(document.querySelector('#shortcuts'))
  try {
    if (!signedIn) return signInFirst()
    const desk = JSON.parse(localStorage.getItem(windowKey) ?? 'null')
    if (!desk) return await chooseWindow(main, keep)
    if (main.childElementCount === 0) fill(main, loading())
    const shifts = await withSession(role, (session) => call('GET', '/v1/counter/shifts', { session }))
    if (shifts === null || left.aborted) return
    const shift = shifts.find(({ closing }) => closing === null) ?? null
    showDesk(desk)
    if (!shift && view !== 'shift')
      return openingForm(main, { desk, opened: () => void show(), change: () => keep(null) })
    const shown = views[view]({ main, desk, shift, shifts, left, again: (next = view) => void show(next) })
    listenToShortcuts({ ...shown, shortcuts: [...shown.shortcuts, ...pageShortcuts(view)], left })
    shown.home()
  } catch (problem) {
    const region = noticeRegion()
    fill(main, region)
    showProblem(region, problem)
  }
}

const pageNames = {
  sale: ['F2', both('售票', 'Sell')],
  search: ['F4', both('查票、退票', 'Find, refund')],
  cash: ['F5', both('现金待办', 'Cash that waits')],
  shift: ['F8', both('交班', 'Hand over')]
}

function pageShortcuts(current) {
  return Object.entries(pageNames).map(([view, [key, text]]) => ({
    key,
    text,
    current: view === current,
    run: () => void show(view)
  }))
}

function keep(desk) {
  if (desk) localStorage.setItem(windowKey, JSON.stringify(desk))
  else localStorage.removeItem(windowKey)
  void show()
}

function showDesk(desk) {
  const words = desk && both(`${desk.placeName} ${desk.window} 号窗口`, `${desk.placeName}, window ${desk.window}`)
  fill(document.querySelector('#desk'), words ? h('strong', {}, words) : null)
}

function signInFirst() {
  const button = h(
    'button.button.main',
    { type: 'button', onclick: () => void signInAs(role) },
    both('登录', 'Sign in')
  )
  fill(
    main,
    h(
      'div.set-up',
      {},
      emptyState(
        both('窗口售票需要售票员登录', 'The counter is for clerks'),
        both(
          '平台启动时会打印示例售票员的登录名与密码。',
          'The platform prints the sample clerk account when it starts.'
        ),
        h('p.row.centred', {}, button)
      )
    )
  )
  button.focus()
}

startPage({ role })
// Signing in again after a session has ended goes on where it was; only coming and going changes the page.
document.addEventListener('session', () => {
  if (!signedIn) void show()
})
void show()
