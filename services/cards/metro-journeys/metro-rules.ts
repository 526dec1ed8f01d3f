// Journeys of which one gate is missing: which entries were never followed by an exit, and what a journey whose entry nobody saw
// usually costs. Pure. How a fare is found is ours; the gates' own rule is not public.

export interface MetroTap {
  at: Date
  acquirer: string
  service: number
  passage: number
  terminal: string
}

const metro = 2
const [entry, exit] = [1, 2]

/** Entries whose exit should have come by now. Longest journeys by acquirer's name, in ms; without one a journey takes four hours at most. */
export function openEntries(
  taps: readonly MetroTap[],
  longest: ReadonlyMap<string, number>,
  now: Date
): { at: Date; acquirer: string; terminal: string }[] {
  const ordered = taps.filter(({ service }) => service === metro).toSorted((a, b) => a.at.getTime() - b.at.getTime())
  return ordered
    .filter(({ at, passage, acquirer }, n) => {
      const until = at.getTime() + (longest.get(acquirer) ?? 4 * 3_600_000)
      const next = ordered[n + 1]
      const left = next?.passage === exit && next.acquirer === acquirer && next.at.getTime() <= until
      return passage === entry && !left && now.getTime() > until
    })
    .map(({ at, acquirer, terminal }) => ({ at, acquirer, terminal }))
}

/** A journey that both gates saw, ending where the doubtful one ended. */
export interface KnownJourney {
  price: number
  entryTerminal: string
  /** The same card's. */
  own: boolean
}

export interface DoubtfulExit {
  price: number
  amount: number
  /** Where it began, when the entry came late after all. */
  entryTerminal: string | null
}

export interface UsualFare {
  /** What would have been taken from the card, in fen; null when nobody can say. */
  fen: number | null
  restsOn: 'own-entry' | 'own-journeys' | 'others' | 'nothing'
}

/** The first that says something: journeys between these two gates, the card's own that end here, anybody's. */
export function usualFare(doubtful: DoubtfulExit, known: readonly KnownJourney[]): UsualFare {
  const ladder = [
    ['own-entry', known.filter(({ entryTerminal }) => entryTerminal === doubtful.entryTerminal)],
    ['own-journeys', known.filter(({ own }) => own)],
    ['others', known]
  ] as const
  for (const [restsOn, journeys] of ladder) {
    const price = mostUsual(journeys.map((each) => each.price))
    // The card keeps the share of its own discount; a part of a fen is the holder's.
    if (price !== null) return { fen: Math.floor((price * doubtful.amount) / doubtful.price), restsOn }
  }
  return { fen: null, restsOn: 'nothing' }
}

/** The lower of two that are as usual. */
function mostUsual(prices: readonly number[]): number | null {
  const counts = [...Map.groupBy(prices, (price) => price)].map(([price, all]) => ({ price, count: all.length }))
  return counts.toSorted((a, b) => b.count - a.count || a.price - b.price)[0]?.price ?? null
}
