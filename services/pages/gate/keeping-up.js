// The gate keeps up with the platform: fetches its lists, sends what it decided by itself, and knows how far it can trust its own clock.
// Without a network it says so, and goes on with what it has.
import { readLists, mergeManifest } from '../../boarding/lone-gate/lists-rules.ts'
import { call } from '../shell/api.js'
import { sessionOf } from '../shell/session.js'
import { acknowledgeScans, countPending, pendingScans, saveLists, savedLists, usedTickets } from './gate-store.js'

const syncEveryMs = 20_000
const tryAgainMs = 5000
const patienceMs = 8000
const scansPerUpload = 200
/** Three days on its own, and what departs in the hours after. */
const listedHours = 80

/**
 * Starts keeping up until `left` aborts; `changed` is called when anything the screen shows has changed, `outcomes` with what became of
 * scans that were sent. Resolves once the lists that were saved are there.
 */
export async function keepUp(gate, { left, changed, outcomes }) {
  const saved = await savedLists(gate.id)
  const state = {
    gate,
    saved,
    lists: saved ? readLists(saved) : null,
    used: await usedTickets(gate.id),
    pending: await countPending(gate.id),
    /** Null until the platform has been asked. */
    online: null,
    signedOut: false,
    clock: { offsetMs: 0, driftPerHour: 0, ...saved?.clock, ...runningClock() },
    left,
    changed,
    outcomes,
    wake: () => undefined
  }
  addEventListener('online', () => state.wake(), { signal: left })
  void goOn(state)
  return state
}

/** By the platform's clock, as far as we know it. */
export function gateNow({ clock }) {
  return new Date(Date.now() + clock.offsetMs)
}

/**
 * How many seconds the clock may be wrong by: what it drifted since it was last compared, and how far it was set back under our eyes. (A
 * leap forward is what a tablet that slept sees; it only makes the lists older.)
 */
export function clockOffSeconds({ clock, saved }) {
  const hours = saved ? Math.max(0, Date.now() - saved.clock.comparedAt) / 3_600_000 : 0
  const setBack = clock.startedAt - (Date.now() - performance.now())
  return (setBack > 1000 ? setBack / 1000 : 0) + clock.driftPerHour * hours
}

/** When this page's steady clock stood at zero, by the device's: earlier than before shows that the device's clock was set back. */
function runningClock() {
  return { startedAt: Date.now() - performance.now() }
}

/** Minutes since the lists were complete; null without lists. */
export function listsMinutes(state) {
  return state.lists ? Math.max(0, (gateNow(state) - state.lists.asOf) / 60_000) : null
}

/** Something did not reach the platform: say so at once, and look again soon. */
export function lostNetwork(state) {
  if (state.online !== false) Object.assign(state, { online: false })
  state.changed()
}

async function goOn(state) {
  while (!state.left.aborted) {
    await keepUpOnce(state)
    await new Promise((resolve) => {
      state.wake = resolve
      setTimeout(resolve, state.online ? syncEveryMs : tryAgainMs)
    })
  }
}

async function keepUpOnce(state) {
  const session = sessionOf('gate')
  state.signedOut = session === null
  try {
    if (session) {
      await fetchLists(state, session)
      await sendScans(state, session)
    } else await call('GET', '/healthz', { signal: AbortSignal.timeout(patienceMs) })
    state.online = true
  } catch (problem) {
    if (problem.name !== 'Problem') throw problem
    state.online = problem.status !== 0
    if (problem.code === 'session-required') state.signedOut = true
  }
  if (!state.left.aborted) state.changed()
}

async function fetchLists(state, session) {
  const { gate, saved } = state
  const asking = { session, signal: AbortSignal.timeout(patienceMs * 4) }
  const since = saved ? `&since=${saved.manifest.version}&listedUntil=${encodeURIComponent(saved.manifest.until)}` : ''
  const places = saved?.places ?? (await call('GET', '/v1/places', asking)).map(({ code, name }) => [code, name])
  const askedAt = Date.now()
  const keys = await call('GET', `/v1/boarding/gates/${gate.id}/keys`, asking)
  const clock = compareClock(state, keys.serverTime, askedAt)
  const next = await call('GET', `/v1/boarding/gates/${gate.id}/manifest?hours=${listedHours}${since}`, asking)
  const manifest = mergeManifest(saved?.manifest ?? null, next)
  const { offsetMs, driftPerHour, comparedAt } = clock
  state.saved = { keys, manifest, places, clock: { offsetMs, driftPerHour, comparedAt } }
  state.clock = { ...clock, ...runningClock() }
  await saveLists(gate.id, state.saved)
  state.lists = readLists(state.saved)
}

/** The answer was written somewhere between our asking and its coming. */
function compareClock({ saved, clock }, serverTime, askedAt) {
  const now = Date.now()
  const offsetMs = Math.round(Date.parse(serverTime) - (askedAt + now) / 2)
  const hours = saved ? (now - saved.clock.comparedAt) / 3_600_000 : 0
  const drifted = Math.abs(offsetMs - clock.offsetMs) / 1000
  // Under some minutes the way of the message says more than the clock.
  const driftPerHour = hours > 0.2 ? drifted / hours : clock.driftPerHour
  return { ...clock, offsetMs, driftPerHour, comparedAt: now }
}

async function sendScans(state, session) {
  const { gate } = state
  for (;;) {
    const { log, scans } = await pendingScans(gate.id, scansPerUpload)
    state.pending = scans.length
    if (scans.length === 0) return
    const body = { log, sentAt: new Date().toISOString(), scans }
    const answer = await call('POST', `/v1/boarding/gates/${gate.id}/scans`, {
      session,
      body,
      signal: AbortSignal.timeout(patienceMs * 4)
    })
    await acknowledgeScans(gate.id, answer.acknowledged)
    state.outcomes(answer.outcomes)
    state.pending = await countPending(gate.id)
    // What is missing is ours to send again only if we still have it; nothing moved means that nothing more will.
    if (answer.acknowledged < scans[0].sequence) return
  }
}
