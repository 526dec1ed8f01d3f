// The public API and nothing else: every page does what any caller could do. A refusal arrives as problem+json and leaves
// as a Problem that can be shown in both languages.
import { both } from './language.js'

export class Problem extends Error {
  constructor({ code, title, title_en: english, errors, facts }, status) {
    super(title)
    this.name = 'Problem'
    this.status = status
    this.code = code
    this.text = both(title, english)
    this.fields = errors ?? []
    this.facts = facts ?? {}
  }
}

/**
 * `call('POST', '/v1/orders', { body, session, signal })`; `text` goes as it is, under the `content-type` of its `headers`. Throws a Problem; an answer that never came is one as well
 * (code unreachable), and then nobody knows whether it was done: callers repeat it with the same id.
 */
export async function call(method, path, { body, text, session, signal, headers = {} } = {}) {
  const answer = await request(method, path, {
    signal,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(session ? { authorization: `Bearer ${session.token}` } : {}),
      ...headers
    },
    body: body === undefined ? text : JSON.stringify(body)
  })
  return answer.status === 204 ? null : await answer.json().catch(lostOnTheWay)
}

/** For answers that are not JSON (a QR image, a statement). */
export async function callForBlob(path, { session } = {}) {
  const headers = session ? { authorization: `Bearer ${session.token}` } : {}
  const answer = await request('GET', path, { headers, patience: downloadMs })
  return await answer.blob().catch(lostOnTheWay)
}

function lostOnTheWay() {
  throw new Problem(unreachable, 0)
}

let clockOffsetMs = 0

/** The platform's clock, as its last answer told: deadlines count by it, not by a phone that is ten minutes wrong. */
export function platformNow() {
  return Date.now() + clockOffsetMs
}

/** The header counts whole seconds, so a difference of less than two is none. */
function noteClock(date) {
  const offset = date === null ? 0 : Date.parse(date) - Date.now()
  clockOffsetMs = Math.abs(offset) < 2000 ? 0 : offset
}

/** A network that swallows everything must not leave a button busy for ever; what was asked may still have been done. */
const patienceMs = 25_000
const downloadMs = 300_000

async function request(method, path, { signal, patience = patienceMs, ...options }) {
  const late = AbortSignal.timeout(patience)
  const ends = signal ? AbortSignal.any([signal, late]) : late
  const answer = await fetch(path, { method, signal: ends, ...options }).catch((error) => {
    if (error.name === 'AbortError' && signal?.aborted) throw error
    throw new Problem(unreachable, 0)
  })
  noteClock(answer.headers.get('date'))
  if (answer.ok) return answer
  throw await problemOf(answer)
}

async function problemOf(answer) {
  const isProblem = answer.headers.get('content-type')?.startsWith('application/problem+json')
  return new Problem(isProblem ? await answer.json() : unreachable, answer.status)
}

const unreachable = {
  code: 'unreachable',
  title: '暂时连不上平台，请检查网络后重试',
  title_en: 'The platform cannot be reached. Check the network and try again.'
}

/** The caller's own id of an order or a refund: repeating the request with it is safe. Works without HTTPS too. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
