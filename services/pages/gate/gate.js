// The gate's page: sign in, say which gate this is, and check. It remembers its gate, as a tablet on a post must.
import { fill } from '../shell/element.js'
import { startPage } from '../shell/frame.js'
import { noticeRegion, showProblem } from '../shell/notice.js'
import { sessionOf } from '../shell/session.js'
import { runGate } from './checking.js'
import { chooseGate, signInFirst } from './set-up.js'

const role = 'gate'
const gateKey = 'gate'
const main = document.querySelector('#main')
/** Ends the camera, timers and key listeners of what was shown before. */
let leave = new AbortController()
let signedIn = false

async function show() {
  leave.abort()
  leave = new AbortController()
  signedIn = sessionOf(role) !== null
  const gate = JSON.parse(localStorage.getItem(gateKey) ?? 'null')
  try {
    if (!signedIn) signInFirst(main)
    else if (gate) runGate(main, { gate, left: leave.signal, change: () => keep(null) })
    else await chooseGate(main, keep)
  } catch (problem) {
    const region = noticeRegion()
    fill(main, region)
    showProblem(region, problem)
  }
}

function keep(gate) {
  if (gate) localStorage.setItem(gateKey, JSON.stringify(gate))
  else localStorage.removeItem(gateKey)
  void show()
}

startPage({ role })
// Signing in again after a session has ended goes on where it was; only coming and going changes the page.
document.addEventListener('session', () => {
  if (!signedIn) void show()
})
document.querySelector('#full-screen').addEventListener('click', () => {
  if (document.fullscreenElement) void document.exitFullscreen()
  else void document.documentElement.requestFullscreen()
})
void show()
