// Who is signed in on this page. A passenger stays signed in on his own phone; staff only for as long as the tab lives.
import { call, Problem } from './api.js'
import { askToSignIn } from './sign-in.js'

const storeOf = (role) => (role === 'passenger' ? localStorage : sessionStorage)
const keyOf = (role) => `session-${role}`

/** {token, name, role, expiresAt} or null. */
export function sessionOf(role) {
  const session = JSON.parse(storeOf(role).getItem(keyOf(role)) ?? 'null')
  return session && new Date(session.expiresAt) > new Date() ? session : null
}

/** Runs work with a session, asking for one when there is none or when the one we have is no longer good. Null when the visitor declines. */
export async function withSession(role, work) {
  const session = sessionOf(role) ?? (await signInAs(role))
  if (!session) return null
  try {
    return await work(session)
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.code !== 'session-required') throw problem
    // Quietly: what is on the page stays there, and goes on when somebody has signed in again.
    storeOf(role).removeItem(keyOf(role))
    const renewed = await signInAs(role)
    return renewed ? await work(renewed) : null
  }
}

export async function signInAs(role) {
  const opened = await askToSignIn(role)
  if (!opened) return null
  const session = {
    token: opened.token,
    name: opened.account.name.replace(/ #[0-9a-f]{8}$/, ''),
    role,
    expiresAt: opened.expiresAt
  }
  storeOf(role).setItem(keyOf(role), JSON.stringify(session))
  document.dispatchEvent(new CustomEvent('session'))
  return session
}

/** Leaves nothing of the session behind: the page begins anew. Whoever keeps something adds to the event's detail that it is forgotten. */
export async function signOutAs(role) {
  const session = sessionOf(role)
  storeOf(role).removeItem(keyOf(role))
  /** @type {Promise<void>[]} */
  const forgetting = []
  document.dispatchEvent(new CustomEvent('signed-out', { detail: forgetting }))
  await Promise.all(forgetting)
  // The session also ends by itself; that the platform cannot be reached must not keep anybody signed in here.
  if (session) await call('DELETE', '/v1/sessions/current', { session }).catch(() => null)
  location.assign(location.pathname)
}
