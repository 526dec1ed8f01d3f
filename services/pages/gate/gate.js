// The gate's page: sign in, say which gate this is, and check. It remembers its gate, as a tablet on a post must.
import { fill } from '../shell/element.js'
import { startPage } from '../shell/frame.js'
import { noticeRegion, showProblem } from '../shell/notice.js'
import { sessionOf } from '../shell/session.js'
import { runGate } from './checking.js'
import { savedLists } from './gate-store.js'
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
    // A tablet that starts without a network has its lists and goes to work; what it decides is sent when somebody has signed in.
    if (!signedIn && !(gate && (await cutOff()) && (await savedLists(gate.id)))) signInFirst(main)
    else if (gate) await runGate(main, { gate, left: leave.signal, change: () => keep(null) })
    else await chooseGate(main, keep)
  } catch (problem) {
    const region = noticeRegion()
    fill(main, region)
    showProblem(region, problem)
  }
}

async function cutOff() {
  const answer = await fetch('/healthz', { signal: AbortSignal.timeout(3000) }).catch(() => null)
  return answer === null
}

function keep(gate) {
  if (gate) localStorage.setItem(gateKey, JSON.stringify(gate))
  else localStorage.removeItem(gateKey)
  void show()
}

/** The page itself stays on the device, and is looked up again in the background at every start. */
async function keepOnDevice() {
  if (!('serviceWorker' in navigator)) return
  const kept = await navigator.serviceWorker.register('/gate-worker.js', { scope: '/gate' }).catch(() => null)
  kept?.active?.postMessage('refresh')
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
void keepOnDevice()
