// The hotlist as the check ladder asks it, millions of times: was this card listed when it travelled? Card numbers stay in
// their two 32-bit words, as batches hold them.

export interface HotlistEntry {
  /** Digits. */
  cardNumber: string
  listedAt: Date
  removedAt: Date | null
}

interface Listing {
  high: number
  from: number
  until: number
}

/** Low word of the card number → listings. Plain data: it can be posted to a worker thread. */
export type Hotlist = ReadonlyMap<number, readonly Listing[]>

export function buildHotlist(entries: readonly HotlistEntry[]): Hotlist {
  const hotlist = new Map<number, Listing[]>()
  for (const { cardNumber, listedAt, removedAt } of entries) {
    const number = BigInt(cardNumber)
    const low = Number(number & 0xffffffffn)
    const listing = {
      high: Number(number >> 32n),
      from: listedAt.getTime(),
      until: removedAt?.getTime() ?? Number.POSITIVE_INFINITY
    }
    hotlist.set(low, [...(hotlist.get(low) ?? []), listing])
  }
  return hotlist
}

export interface HotlistQuestion {
  /** Two words per card, low first (TransactionBatch.cardNumberWords), and the row asked about. */
  words: Uint32Array
  row: number
  /** When the card travelled, and how long terminals have to learn of a new entry; both in milliseconds. */
  occurredAt: number
  grace: number
}

/** True when the card stood on the list at that time and terminals had had their grace to know it (card.md §2.12). */
export function isHotlisted(hotlist: Hotlist, { words, row, occurredAt, grace }: HotlistQuestion): boolean {
  const listings = hotlist.get(words[2 * row]!)
  if (listings === undefined) return false
  const high = words[2 * row + 1]!
  return listings.some((each) => each.high === high && each.from + grace <= occurredAt && occurredAt < each.until)
}
