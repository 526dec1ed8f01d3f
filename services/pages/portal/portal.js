// A participant's portal: its days, files and disputes, and the way from a position down to one line. What it may see the platform decides:
// this page asks for nothing by name.
import { call } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { markCurrent, startPage } from '../shell/frame.js'
import { both } from '../shell/language.js'
import { loading, noticeRegion, showProblem } from '../shell/notice.js'
import { sessionOf, withSession } from '../shell/session.js'
import { signInFirst } from '../shell/sign-in-first.js'
import { dayView, daysView, lineView, linesView } from './own-days.js'
import { disputesView, filesView, rejectsView } from './own-files.js'

export const role = 'participant'
const main = document.querySelector('#main')
let shown = 0
let signedIn = false

const views = {
  days: daysView,
  day: dayView,
  lines: linesView,
  line: lineView,
  files: filesView,
  rejects: rejectsView,
  disputes: disputesView
}
/** Views that belong to another one's entry in the navigation. */
const under = { day: 'days', lines: 'days', line: 'days', rejects: 'files' }

const ask = (path) => withSession(role, (session) => call('GET', `/v1/portal/${path}`, { session }))

async function show() {
  const turn = ++shown
  signedIn = sessionOf(role) !== null
  const [name, ...parts] = location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent)
  const view = Object.hasOwn(views, name) ? name : 'days'
  markCurrent(under[view] ?? view)
  if (!signedIn)
    return fill(
      main,
      signInFirst({
        role,
        title: both('请以机构账号登录', 'Sign in with your institution’s account'),
        hint: both(
          '只显示本机构的文件、结算单、差错与轧差额。',
          'You will see your own files, statements, disputes and positions only.'
        )
      })
    )
  fill(main, loading())
  try {
    const [self, content] = await Promise.all([
      ask('self'),
      views[view]({ ask, session: () => sessionOf(role) }, ...parts)
    ])
    if (turn === shown && self) fill(main, h('div.stack', {}, whose(self), content))
  } catch (problem) {
    const region = noticeRegion()
    fill(main, region)
    showProblem(region, problem)
  }
}

function whose({ name, code }) {
  return h('p.soft', {}, name, ' ', h('span.mono', {}, code))
}

startPage({ role })
window.addEventListener('hashchange', () => void show())
document.addEventListener('session', () => {
  if (!signedIn) void show()
})
void show()
