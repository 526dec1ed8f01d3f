// What the top of every page does: the language switch and, where somebody signs in, who is signed in.
import { watchConnection } from './connection-bar.js'
import { fill, h } from './element.js'
import { adoptPage, both, switchLanguage } from './language.js'
import { sessionOf, signInAs, signOutAs } from './session.js'

/** Call once per page. `role` is whose session the page works with; none on the landing page. */
export function startPage({ role } = {}) {
  adoptPage()
  addFont()
  // A gate has its own way of being without a network.
  if (role !== 'gate') watchConnection()
  document.querySelector('#language').addEventListener('click', switchLanguage)
  const place = document.querySelector('#session')
  if (!role || !place) return
  const show = () => fill(place, ...sessionControls(role))
  document.addEventListener('session', show)
  show()
}

/** Only a machine without a Chinese font needs ours, so no page waits for it; it fetches the glyphs it shows and no others. */
function addFont() {
  const { pathname: href } = new URL('../../vendor/noto-sans-sc/index.css', import.meta.url)
  if (!document.querySelector('link[href$="/noto-sans-sc/index.css"]'))
    document.head.append(h('link', { rel: 'stylesheet', href }))
}

/** Marks the entry of the navigation that the shown view belongs to. */
export function markCurrent(view) {
  for (const link of document.querySelectorAll('[data-view]'))
    if (link.dataset.view === view) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
}

function sessionControls(role) {
  const session = sessionOf(role)
  if (!session)
    return [h('button.button.slim', { type: 'button', onclick: () => void signInAs(role) }, both('登录', 'Sign in'))]
  return [
    h('span.session-name.small.soft', { title: session.name }, session.name),
    h('button.button.quiet.slim', { type: 'button', onclick: () => void signOutAs(role) }, both('退出', 'Sign out'))
  ]
}
