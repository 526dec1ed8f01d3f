// The channel desk: who sells for us and on what terms, what was pushed to them, and our books held against theirs.
import { call, callForBlob } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { markCurrent, startPage } from '../shell/frame.js'
import { both } from '../shell/language.js'
import { emptyState, noticeRegion, showProblem } from '../shell/notice.js'
import { sessionOf, signInAs, withSession } from '../shell/session.js'
import { channelView } from './channel.js'
import { channelListView } from './channel-list.js'
import { deliveriesView } from './deliveries.js'
import { reconcilingView } from './reconciling.js'
import { statementsView } from './statements.js'

const role = 'operator'
const main = document.querySelector('#main')
let signedIn = false
/** Only the view that was asked for last may fill the page. */
let shown = 0

const views = {
  channels: channelListView,
  channel: channelView,
  deliveries: deliveriesView,
  reconciling: reconcilingView,
  statements: statementsView
}
/** Views that belong to another one's entry in the navigation. */
const under = { channel: 'channels', deliveries: 'channels' }

const api = {
  get: (path) => withSession(role, (session) => call('GET', path, { session })),
  send: (method, path, body) => withSession(role, (session) => call(method, path, { session, body })),
  sendText: (path, text) =>
    withSession(role, (session) => call('PUT', path, { session, text, headers: { 'content-type': 'text/csv' } })),
  save: (path, as) =>
    withSession(role, async (session) => {
      const url = URL.createObjectURL(await callForBlob(path, { session }))
      h('a', { href: url, download: as }).click()
      setTimeout(() => URL.revokeObjectURL(url), 60_000)
    })
}

async function show() {
  const turn = ++shown
  signedIn = sessionOf(role) !== null
  const [name, ...parts] = location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent)
  const view = Object.hasOwn(views, name) ? name : 'channels'
  markCurrent(under[view] ?? view)
  if (!signedIn) return showSignIn()
  const [region, place] = [noticeRegion(), h('div.stack')]
  const stay = () => turn === shown
  fill(main, h('div.stack', {}, region, place))
  try {
    await views[view]({ place, region, api, stay, again: show }, ...parts)
    if (stay()) place.querySelector('h1')?.focus({ preventScroll: true })
  } catch (problem) {
    if (stay()) showProblem(region, problem)
  }
}

function showSignIn() {
  const button = { type: 'button', onclick: () => void signInAs(role) }
  fill(
    main,
    emptyState(
      both('渠道台需要操作员登录', 'The channel desk is for operators'),
      both(
        '平台启动时会打印示例操作员的登录名与密码。',
        'The platform prints the sample operator’s name and password when it starts.'
      ),
      h('p.row.centred', {}, h('button.button.main', button, both('登录', 'Sign in')))
    )
  )
}

startPage({ role })
window.addEventListener('hashchange', () => void show())
document.addEventListener('session', () => {
  if (!signedIn) void show()
})
void show()
