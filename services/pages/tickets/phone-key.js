// A ticket's code made by the phone itself, so that a phone without a network still shows a fresh one: a key of its own for each ticket,
// which the platform has put into the ticket's code. The private key is kept sealed under a key that the browser lets nobody read out.
import { deviceMessage, encodeDeviceMoment, encodeTicketCode } from '../../boarding/credentials/ticket-code.ts'
import { plainSm2KeyPair, plainSm2Sign } from '../../../card-crypto/sm2-plain.ts'
import { call, platformNow } from '../shell/api.js'
import { qrPicture } from '../shell/qr-picture.js'

const random = (length) => crypto.getRandomValues(new Uint8Array(length))
const base64 = (bytes) => btoa(String.fromCharCode(...bytes))
const bytesOf = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0))

const binding = new Map()

/** Registers this phone for the ticket, again at every showing; null where a browser cannot keep a key. Those who ask at once get one answer. */
export function bindPhone({ ticketNo, session }) {
  const before = binding.get(ticketNo)
  if (before) return before
  const asked = bind({ ticketNo, session }).finally(() => binding.delete(ticketNo))
  binding.set(ticketNo, asked)
  return asked
}

async function bind({ ticketNo, session }) {
  if (!crypto.subtle || !globalThis.indexedDB) return null
  const kept = (await inKeys('readonly', (keys) => keys.get(ticketNo))) ?? (await newKey(ticketNo))
  const privateKey = await opened(kept)
  const proof = plainSm2Sign(privateKey, new TextEncoder().encode(`device-key/${ticketNo}`), random)
  // Whoever has a dialog open may be giving the ticket back or changing it: then there is no code to bind to. The next showing asks again.
  if (document.querySelector('dialog[open]')) return null
  const body = { publicKey: base64(kept.publicKey), proof: base64(proof) }
  const { staticPart } = await call('PUT', `/v1/tickets/${ticketNo}/device`, { session, body })
  const bound = { ...kept, staticPart: bytesOf(staticPart) }
  await inKeys('readwrite', (keys) => keys.put(bound))
  return { privateKey, staticPart: bound.staticPart }
}

/** As bound when there was a network; null when this phone never was, or has forgotten. */
export async function boundPhone(ticketNo) {
  if (!crypto.subtle || !globalThis.indexedDB) return null
  const kept = await inKeys('readonly', (keys) => keys.get(ticketNo))
  return kept?.staticPart ? { privateKey: await opened(kept), staticPart: kept.staticPart } : null
}

/** What this phone could sign with is gone for good. */
export async function forgetPhoneKeys() {
  if (globalThis.indexedDB) await inKeys('readwrite', (keys) => keys.clear())
}

/** {text, image}: the code of this moment (of a clock that knows the platform's), and its picture as a data URL. */
export function ownCode({ privateKey, staticPart }, at = platformNow()) {
  const now = new Date(at)
  const signature = plainSm2Sign(privateKey, deviceMessage(staticPart, now), random)
  const text = encodeTicketCode(staticPart, encodeDeviceMoment(now, signature))
  return { text, image: qrPicture(text) }
}

async function newKey(ticketNo) {
  const { privateKey, publicKey } = plainSm2KeyPair(random)
  const lock = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
  const iv = random(12)
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, lock, privateKey)
  const kept = { ticketNo, publicKey, lock, iv, sealed }
  await inKeys('readwrite', (keys) => keys.put(kept))
  return kept
}

async function opened({ lock, iv, sealed }) {
  return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, lock, sealed))
}

let database

async function inKeys(mode, work) {
  database ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open('phone-keys', 1)
    asked.addEventListener('upgradeneeded', () => asked.result.createObjectStore('keys', { keyPath: 'ticketNo' }))
    asked.addEventListener('success', () => resolve(asked.result))
    asked.addEventListener('error', () => reject(asked.error))
  })
  const request = work((await database).transaction('keys', mode).objectStore('keys'))
  return await new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error))
  })
}
