// The register of a station: vehicles, vessels and crew with their papers; doors and the devices at them; and, for the operator, the keys
// that sign tickets. What is wrong or soon will be stands first.
import { call } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { markCurrent, startPage } from '../shell/frame.js'
import { both } from '../shell/language.js'
import { emptyState, loading, noticeRegion, showProblem } from '../shell/notice.js'
import { sessionOf, signInAs, withSession } from '../shell/session.js'
import { gatesView } from './gates-view.js'
import { issuerKeysView } from './issuer-keys-view.js'
import { paperedView } from './papered-view.js'

const roles = ['station-manager', 'operator']
const main = document.querySelector('#main')
const role = () => roles.find((one) => sessionOf(one)) ?? sessionStorage.getItem('register-role') ?? roles[0]
/** Whose name stands at the top; another role begins the page anew. */
const begunAs = role()

const views = {
  vehicles: async (ask, code) =>
    paperedView({
      register: 'vehicles',
      all: await ask('/v1/station/register/conveyances'),
      code,
      role: role(),
      again
    }),
  crew: async (ask, code) =>
    paperedView({ register: 'crew', all: await ask('/v1/station/register/crew'), code, role: role(), again }),
  gates: async (ask, place) => {
    const devices = `/v1/gate-devices${place ? `?place=${place}` : ''}`
    const [places, doors, sources, policies] = await Promise.all(
      ['/v1/places', '/v1/gates', devices, '/v1/boarding/gate-policies'].map(ask)
    )
    return gatesView({ places, doors, sources, policies, place, role: role(), again })
  },
  'issuer-keys': async (ask) => issuerKeysView({ keys: await ask('/v1/issuer-keys'), again })
}

/** What is shown is looked up again, where it is. */
const again = () => show()

async function show() {
  const [, view = '', one = ''] = location.hash.split('/')
  const name = Object.hasOwn(views, view) ? view : 'vehicles'
  markCurrent(name)
  if (!sessionOf(role())) return fill(main, signInFirst())
  if (name === 'issuer-keys' && role() !== 'operator') return fill(main, forOperators())
  if (!main.querySelector(`[data-register="${name}"]`)) fill(main, loading())
  const ask = (path) => withSession(role(), (session) => call('GET', path, { session }))
  try {
    const shown = await views[name](ask, decodeURIComponent(one))
    shown.dataset.register = name
    fill(main, shown)
  } catch (problem) {
    const region = noticeRegion()
    fill(main, region)
    showProblem(region, problem)
  }
}

function enter(as) {
  sessionStorage.setItem('register-role', as)
  void signInAs(as).then((session) => session && as !== begunAs && location.reload())
}

function signInFirst() {
  const words = { 'station-manager': both('站长登录', 'Station manager'), operator: both('运营登录', 'Operator') }
  const buttons = roles.map((as, at) =>
    h(`button.button${at === 0 ? '.main' : ''}`, { type: 'button', onclick: () => enter(as) }, words[as])
  )
  return emptyState(
    both('登记由站长办理', 'The register is the station manager’s'),
    both(
      '车船、人员与证照，检票口与设备；签发密钥由运营办理。',
      'Vehicles, crew and papers, gates and devices; the keys that sign tickets are the operator’s.'
    ),
    h('p.row.centred', {}, buttons)
  )
}

function forOperators() {
  return emptyState(
    both('签发密钥由运营管理', 'The keys that sign tickets are the operator’s'),
    both('请以运营账号登录。', 'Sign in as an operator.'),
    h(
      'p.row.centred',
      {},
      h('button.button', { type: 'button', onclick: () => enter('operator') }, both('运营登录', 'Operator'))
    )
  )
}

startPage({ role: begunAs })
// On a phone the one that was chosen stands above the list.
window.addEventListener(
  'hashchange',
  () => void show().then(() => main.querySelector('article')?.scrollIntoView({ block: 'nearest' }))
)
document.addEventListener('session', () => void show())
void show()
