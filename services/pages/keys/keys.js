// Custody: keys and what two people do with them, and the register of security modules.
import { call } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { markCurrent, startPage } from '../shell/frame.js'
import { both } from '../shell/language.js'
import { loading, noticeRegion, showProblem } from '../shell/notice.js'
import { sessionOf, withSession } from '../shell/session.js'
import { signInFirst } from '../shell/sign-in-first.js'
import { custodyView } from './custody-view.js'
import { samView } from './sam-view.js'

const role = 'operator'
const main = document.querySelector('#main')

async function show() {
  const [, view = '', number = ''] = location.hash.split('/')
  markCurrent(view || 'keys')
  if (!sessionOf(role))
    return fill(
      main,
      signInFirst({
        role,
        title: both('密管需要操作员登录', 'Key custody is for operators'),
        hint: both('每一步另由保管员的口令确认。', 'Each step is also proved by a custodian’s passphrase.')
      })
    )
  if (!main.querySelector('.custody')) fill(main, loading())
  const ask = (path) => withSession(role, (session) => call('GET', path, { session }))
  try {
    if (view === 'sams') {
      const sams = await ask('/v1/sams')
      const story = number ? await ask(`/v1/sams/${number}`) : null
      if (sams) fill(main, samView(sams, story, show))
    } else {
      const inventory = await ask('/v1/keys')
      if (inventory) fill(main, custodyView(inventory, show))
    }
  } catch (problem) {
    const region = noticeRegion()
    fill(main, region)
    showProblem(region, problem)
  }
}

startPage({ role })
window.addEventListener('hashchange', () => void show())
document.addEventListener('session', () => void show())
void show()
