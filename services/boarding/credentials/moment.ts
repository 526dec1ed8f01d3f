// What a gate can prove with the key of a departure, and nobody without it: that a time code was made within the last minute, and that
// a document is the one a ticket was bought with. Gates get the keys of their own departures only, never the key these are derived from.
// Runs in the browser: the HMAC-SM3 it works with is an argument.

export type Hmac = (key: Uint8Array, data: Uint8Array) => Uint8Array

/** A screenshot lives as long as its step and the next. */
export const timeStepSeconds = 30
/** A phone signs a new part in half this time; older, or as far ahead of the gate's clock, it is refused. */
export const deviceMomentSeconds = 60
export const documentTagLength = 16

const text = new TextEncoder()
const [forMoments, forDocuments] = [0x01, 0x02]

/** What the departure's key is derived from, by the key store. */
export function departureKeyLabel(departure: number): Uint8Array {
  return text.encode(`departure-key/${departure}`)
}

/** The four bytes of a moment for the ticket that a code names; `stepsLater` steps from now. */
export function timeCodeAt(
  { hmac, departureKey }: { hmac: Hmac; departureKey: Uint8Array },
  { ticketNo, edition }: { ticketNo: string; edition: number },
  now: Date,
  stepsLater = 0
): Uint8Array {
  const step = Math.floor(now.getTime() / 1000 / timeStepSeconds) + stepsLater
  const data = new Uint8Array(26)
  const view = new DataView(data.buffer)
  data[0] = forMoments
  text.encodeInto(ticketNo, data.subarray(1, 21))
  data[21] = edition
  view.setUint32(22, step)
  return hmac(departureKey, data).slice(0, 4)
}

/** 16 bytes that stand for a document (by its canonical form) on one departure; a code carries the first 6. */
export function documentTagOf(hmac: Hmac, departureKey: Uint8Array, canonicalDocument: string): Uint8Array {
  const written = text.encode(canonicalDocument)
  const data = new Uint8Array(written.length + 1)
  data[0] = forDocuments
  data.set(written, 1)
  return hmac(departureKey, data).slice(0, documentTagLength)
}

/** Compares over the shorter of the two, at least 6 bytes, and looks at every byte whatever it finds. */
export function sameTag(a: Uint8Array, b: Uint8Array): boolean {
  const length = Math.min(a.length, b.length)
  let difference = length < 6 ? 1 : 0
  for (let at = 0; at < length; at++) difference |= a[at]! ^ b[at]!
  return difference === 0
}
