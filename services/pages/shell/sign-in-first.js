// What a page shows before anybody has signed in: whose page it is, and the button that lets him in.
import { h } from './element.js'
import { both } from './language.js'
import { emptyState } from './notice.js'
import { signInAs } from './session.js'

/** `title` says whose page it is, `hint` what is found there or who has an account. */
export function signInFirst({ role, title, hint }) {
  const enter = { type: 'button', onclick: () => void signInAs(role) }
  return emptyState(title, hint, h('p.row.centred', {}, h('button.button.main', enter, both('登录', 'Sign in'))))
}
