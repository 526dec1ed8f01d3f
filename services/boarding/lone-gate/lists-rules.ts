// The lists a gate goes by when it is on its own, as it keeps them and as it looks things up in them. Pure, without node: modules: the
// gate page, the command line and the tests read the same answers of the platform with these lines.
import type { GateManifest, KeyList, ManifestDeparture, ManifestTicket } from '../gates/gate-schemas.ts'
import { passageRules, type PassageKind } from '../passages/passage-rules.ts'
import type { GatePolicy, IssuerKey, TicketRecord } from '../verify-ticket-rules.ts'

/** What a gate saves: the two answers as they came, the tickets of every manifest laid over those before. */
export interface SavedLists {
  keys: KeyList
  manifest: GateManifest
}

export interface ListedDeparture {
  id: number
  line: number
  departsAt: Date
  notBefore: Date
  notAfter: Date
  state: string
  /** Of the departure (credentials/moment.ts). */
  key: Uint8Array
}

export interface GateLists {
  /** The gate's number at its place. */
  number: number
  passage: PassageKind
  place: string
  policy: GatePolicy
  /** By the platform's clock. */
  asOf: Date
  issuers: ReadonlyMap<number, IssuerKey>
  departures: ReadonlyMap<number, ListedDeparture>
  tickets: ReadonlyMap<string, ManifestTicket>
  /** Ticket numbers by departure and document tag, and by journey and passenger. */
  byTag: ReadonlyMap<string, string>
  byJourney: ReadonlyMap<string, string[]>
}

/** Lays an answer over what is saved. Applying the same one twice changes nothing. */
export function mergeManifest(saved: GateManifest | null, next: GateManifest): GateManifest {
  if (next.full || !saved) return next
  const departures = new Set(next.departures.map(({ id }) => id))
  const tickets = new Map(saved.tickets.map((ticket) => [ticket.ticketNo, ticket]))
  for (const ticket of next.tickets) tickets.set(ticket.ticketNo, ticket)
  return { ...next, tickets: [...tickets.values()].filter(({ departure }) => departures.has(departure)) }
}

export function readLists({ keys, manifest }: SavedLists): GateLists {
  const tickets = new Map(manifest.tickets.map((ticket) => [ticket.ticketNo, ticket]))
  const named = manifest.tickets.filter(({ documentTag }) => documentTag !== null)
  const travelling = manifest.tickets.filter(({ journey, state }) => journey !== null && state !== 'CHANGED')
  const byJourney = Map.groupBy(travelling, ({ journey }) => journeyName(journey!))
  return {
    number: manifest.number,
    passage: manifest.passage,
    place: manifest.place,
    policy: keys.policy,
    // Of two answers, the older one says how old what we know is.
    asOf: new Date(Math.min(instant(keys.serverTime).getTime(), instant(manifest.serverTime).getTime())),
    issuers: new Map(keys.keys.map((key) => [key.version, issuerOf(key)])),
    departures: new Map(manifest.departures.map((departure) => [departure.id, departureOf(departure)])),
    tickets,
    byTag: new Map(named.map(({ departure, documentTag, ticketNo }) => [`${departure} ${documentTag!}`, ticketNo])),
    byJourney: new Map(
      [...byJourney].map(([name, legs]): [string, string[]] => [name, legs.map(({ ticketNo }) => ticketNo)])
    )
  }
}

export function journeyName({ number, passenger }: { number: string; passenger: number }): string {
  return `${number} ${passenger}`
}

function issuerOf({ version, publicKey, acceptedUntil, revokedAt }: KeyList['keys'][number]): IssuerKey {
  return {
    version,
    publicKey: fromBase64(publicKey),
    acceptedUntil: acceptedUntil && instant(acceptedUntil),
    revokedAt: revokedAt && instant(revokedAt)
  }
}

function departureOf({ id, line, departsAt, notBefore, notAfter, state, key }: ManifestDeparture): ListedDeparture {
  const times = { departsAt: instant(departsAt), notBefore: instant(notBefore), notAfter: instant(notAfter) }
  return { id, line, ...times, state, key: fromBase64(key) }
}

/** What was let through here since the lists were made, by ticket number. */
export type Used = ReadonlyMap<string, { at: Date; gate: number | string }>

/** A ticket as the verifier asks for it: as listed, and as used here since. */
export function recordOf(lists: GateLists, ticketNo: string, used: Used): TicketRecord | null {
  const ticket = lists.tickets.get(ticketNo)
  const departure = ticket && lists.departures.get(ticket.departure)
  if (!ticket || !departure) return null
  const { checkedAt, checkedGate, documentTag, state, fareKind, edition } = ticket
  // What a door that uses tickets up did elsewhere does not close one that does not.
  const elsewhere =
    checkedAt && passageRules[lists.passage].consumes ? { at: instant(checkedAt), gate: checkedGate ?? '' } : null
  return {
    ticketNo,
    departure: departure.id,
    line: departure.line,
    from: lists.place,
    departsAt: departure.departsAt,
    notBefore: departure.notBefore,
    notAfter: departure.notAfter,
    departureState: departure.state,
    state,
    fareKind,
    edition,
    documentTag: documentTag === null ? null : fromBase64(documentTag),
    checked: used.get(ticketNo) ?? elsewhere
  }
}

/** Over the network an instant is a text. */
const instant = (at: Date | string): Date => new Date(at)

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

export function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}
