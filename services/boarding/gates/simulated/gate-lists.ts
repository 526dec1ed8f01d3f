// The lists of a simulated gate in memory: what it fetched last, with what changed since laid over it.
import type { IdentityDocument } from '../../../identity/document-rules.ts'
import { tagOfDocument } from '../../credentials/departure-key.ts'
import type { JourneyClaim } from '../../credentials/ticket-code.ts'
import type { PassageKind } from '../../passages/passage-rules.ts'
import type { IssuerKey } from '../../verify-ticket-rules.ts'
import type { GateManifest, GatePolicy, KeyList, ManifestDeparture, ManifestTicket } from '../gate-schemas.ts'

export interface ListedDeparture extends ManifestDeparture {
  keyBytes: Uint8Array
}
export interface ListedTicket extends ManifestTicket {
  tagBytes: Uint8Array | null
}

export interface Lists {
  version: number | null
  until: Date | null
  /** By the gate's clock. */
  listsAt: Date | null
  /** The platform's clock less the gate's, at the last sync; and the seconds it drifted per hour between the last two. */
  clockOffsetMs: number
  driftPerHour: number
  place: string | null
  number: number
  passage: PassageKind
  policy: GatePolicy | null
  issuers: Map<number, IssuerKey>
  departures: Map<number, ListedDeparture>
  tickets: Map<string, ListedTicket>
  /** Ticket numbers by departure and document tag. */
  byTag: Map<string, string>
  /** Tickets of a document on departures around now. */
  ofDocument: (document: IdentityDocument, now: Date) => ListedTicket[]
  ofJourney: (journey: JourneyClaim) => ListedTicket[]
}

export function emptyLists(): Lists {
  const tickets = new Map<string, ListedTicket>()
  const departures = new Map<number, ListedDeparture>()
  const byTag = new Map<string, string>()
  const lists: Lists = {
    version: null,
    until: null,
    listsAt: null,
    clockOffsetMs: 0,
    driftPerHour: 0,
    place: null,
    number: 0,
    passage: 'boarding',
    policy: null,
    issuers: new Map(),
    departures,
    tickets,
    byTag,
    // A document has another tag on each departure: only those that may be boarding are tried.
    ofDocument(document, now) {
      const around = [...departures.values()].filter(({ departsAt }) => isAround(departsAt, now))
      return around.flatMap(({ id, keyBytes }) => {
        const tag = Buffer.from(tagOfDocument(keyBytes, document)).toString('base64')
        return tickets.get(byTag.get(`${id} ${tag}`) ?? '') ?? []
      })
    },
    ofJourney: ({ number, passenger }) =>
      [...tickets.values()].filter(
        ({ journey, state }) => journey?.number === number && journey.passenger === passenger && state !== 'CHANGED'
      )
  }
  return lists
}

const hourMs = 3_600_000

function isAround(departsAt: Date, now: Date): boolean {
  const ahead = departsAt.getTime() - now.getTime()
  return ahead > -3 * hourMs && ahead < 12 * hourMs
}

export function takeKeys(lists: Lists, { keys, policy }: KeyList): void {
  lists.policy = policy
  lists.issuers = new Map(
    keys.map(({ version, publicKey, acceptedUntil, revokedAt }) => [
      version,
      { version, publicKey: bytes(publicKey), acceptedUntil: instant(acceptedUntil), revokedAt: instant(revokedAt) }
    ])
  )
}

/** `askedAt` by the gate's clock, before it asked: lists are never younger than that. */
export function takeManifest(lists: Lists, manifest: GateManifest, askedAt: Date): void {
  const offset = new Date(manifest.serverTime).getTime() - askedAt.getTime()
  if (lists.listsAt) {
    const hours = (askedAt.getTime() - lists.listsAt.getTime()) / 3_600_000
    if (hours > 0.1) lists.driftPerHour = Math.abs(offset - lists.clockOffsetMs) / 1000 / hours
  }
  if (manifest.full) lists.tickets.clear()
  lists.departures.clear()
  for (const departure of manifest.departures) {
    const { departsAt, notBefore, notAfter, key } = departure
    const times = { departsAt: new Date(departsAt), notBefore: new Date(notBefore), notAfter: new Date(notAfter) }
    lists.departures.set(departure.id, { ...departure, ...times, keyBytes: bytes(key) })
  }
  for (const ticket of manifest.tickets) {
    const tag = ticket.documentTag
    lists.tickets.set(ticket.ticketNo, { ...ticket, tagBytes: tag === null ? null : bytes(tag) })
  }
  for (const [ticketNo, { departure }] of lists.tickets)
    if (!lists.departures.has(departure)) lists.tickets.delete(ticketNo)
  lists.byTag.clear()
  for (const { ticketNo, departure, documentTag } of lists.tickets.values())
    if (documentTag !== null) lists.byTag.set(`${departure} ${documentTag}`, ticketNo)
  lists.version = manifest.version
  lists.until = new Date(manifest.until)
  lists.listsAt = askedAt
  lists.clockOffsetMs = offset
  lists.place = manifest.place
  lists.number = manifest.number
  lists.passage = manifest.passage
}

const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))
/** JSON has texts where the schemas have instants. */
const instant = (at: Date | null): Date | null => (at === null ? null : new Date(at))
