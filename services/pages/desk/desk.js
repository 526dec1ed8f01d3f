// The clearing desk: which view the address asks for, and the work in progress that every view shows beside it.
import { call } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { markCurrent, startPage } from '../shell/frame.js'
import { both } from '../shell/language.js'
import { emptyState, noticeRegion, showProblem } from '../shell/notice.js'
import { sessionOf, signInAs, withSession } from '../shell/session.js'
import { claimsView } from './claims.js'
import { daysView } from './days.js'
import { disputesView } from './disputes.js'
import { explainView } from './explain.js'
import { fileView, filesView } from './files.js'
import { moneyView } from './money.js'
import { nationalView } from './national.js'

const role = 'operator'
const main = document.querySelector('#main')
/** Ends the charts and the polling of a view when another takes its place. */
let leave = new AbortController()
let signedIn = false

const views = {
  days: (parts, desk) => daysView(main, parts, desk),
  files: (_parts, desk) => filesView(main, desk),
  file: ([id], desk) => fileView(main, id, desk),
  disputes: (_parts, desk) => disputesView(main, desk),
  national: (_parts, desk) => nationalView(main, desk),
  claims: (_parts, desk) => claimsView(main, desk),
  money: (_parts, desk) => moneyView(main, desk),
  explain: ([id], desk) => explainView(main, id, desk)
}
/** Views that belong to another one's entry in the navigation. */
const under = { file: 'files' }

/** What a view may ask: reading and doing with the operator's session, renewed by signing in again when it has ended. */
const ask = (path) => withSession(role, (session) => call('GET', path, { session }))
const act = (path, body) => withSession(role, (session) => call('POST', path, { session, body }))

async function show() {
  leave.abort()
  leave = new AbortController()
  signedIn = sessionOf(role) !== null
  const [name, ...parts] = location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent)
  const view = Object.hasOwn(views, name) ? name : 'days'
  markCurrent(under[view] ?? view)
  if (!signedIn) return showSignIn()
  try {
    await views[view](parts, { ask, act, left: leave.signal, session: () => sessionOf(role) })
  } catch (problem) {
    const region = noticeRegion()
    fill(main, region)
    showProblem(region, problem)
  }
}

function showSignIn() {
  const button = h(
    'button.button.main',
    { type: 'button', onclick: () => void signInAs(role) },
    both('登录', 'Sign in')
  )
  fill(
    main,
    emptyState(
      both('清算台需要操作员登录', 'The desk is for clearing operators'),
      both(
        '平台启动时会打印示例操作员的登录名与密码。',
        'The platform prints the sample operator’s name and password when it starts.'
      ),
      h('p.row.centred', {}, button)
    )
  )
}

startPage({ role })
window.addEventListener('hashchange', () => void show())
// Signing in again after a session has ended goes on where it was; only coming and going changes the page.
document.addEventListener('session', () => {
  if (!signedIn) void show()
})
void show()
