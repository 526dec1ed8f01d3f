// A card's story from what clearing and loading know of it, and its shadow purse: taps in the order of the offline counter and loads in
// the order of the online one must each begin with what the one before left. Where they do not, the difference says what is missing. Pure.

export interface Tap {
  at: Date
  counter: number
  amount: number
  price: number
  balanceBefore: number | null
  /** Acquirer's name. */
  acquirer: string
  service: number
  passage: number
  terminal: string
  file: string
  line: number
}

export interface Load {
  at: Date
  amount: number
  /** What the card held afterwards: the TAC of a load covers it. */
  balanceAfter: number
  /** 联机交易序号, where it is known. */
  counter?: number
}

/**
 * missing-taps: the offline counter went further than the lines we have; they are worth `fen`. loaded-elsewhere: more on the card than
 * the last line left, and no purchase missing. undecided-load: exactly by a load that nobody confirmed. rewound: a counter that was
 * there before, or an earlier one at a later hour: two cards with one number. lost-money: less on the card, and no counter moved.
 */
export interface Gap {
  kind: 'missing-taps' | 'loaded-elsewhere' | 'undecided-load' | 'rewound' | 'lost-money' | 'untold'
  /** Lines that are missing. */
  count: number
  /** What the card held more than expected, in fen. */
  fen: number
}

export interface StoryTap extends Tap {
  balanceAfter: number | null
  /** 'continues': it begins with what the last tap left and what was loaded between; 'gap': something between is not known to us. */
  link: 'first' | 'continues' | 'gap'
  gap: Gap | null
}

export interface Balance {
  fen: number
  /** When the last thing it rests on happened. */
  at: Date
  restsOn: 'tap' | 'load'
  /** True when every tap shown continues the one before. */
  unbroken: boolean
  /** opening − spent + loaded + unexplained = fen. */
  proof: { opening: number; spent: number; loaded: number; unexplained: number; offline: number; online: number }
  gaps: Gap[]
}

type Event = ({ tap: Tap } | { load: Load }) & { before: number | null; after: number | null }

/** Clocks of terminals differ; a counter that runs back by less than this is the clock's fault. */
const clockDoubtMs = 24 * 3_600_000

/** The taps newest last. `undecided`: amounts of loads without an end. */
export function storyOf(
  taps: readonly Tap[],
  loads: readonly Load[],
  undecided: readonly number[] = []
): { taps: StoryTap[]; balance: Balance | null } {
  const events = chainOf(taps, loads)
  const gaps = events.map((event, n) => (n === 0 ? null : gapBefore(events.slice(0, n), event, undecided)))
  let carried: Gap | null = null
  let seen = false
  const told: StoryTap[] = []
  for (const [n, event] of events.entries()) {
    carried ??= gaps[n]!
    if (!('tap' in event)) continue
    const link = carried ? 'gap' : seen ? 'continues' : 'first'
    told.push({ ...event.tap, balanceAfter: event.after, link, gap: carried })
    carried = null
    seen = true
  }
  return {
    taps: told,
    balance: balanceOf(
      events,
      gaps.filter((gap) => gap !== null)
    )
  }
}

/** Taps in the order of their counter, each load before the first tap that came after it. */
function chainOf(taps: readonly Tap[], loads: readonly Load[]): Event[] {
  const ordered = taps.toSorted((a, b) => a.counter - b.counter || a.at.getTime() - b.at.getTime())
  const waiting = loads.toSorted((a, b) => (a.counter ?? 0) - (b.counter ?? 0) || a.at.getTime() - b.at.getTime())
  const events: Event[] = []
  const takeLoads = (until: number): void => {
    while (waiting.length > 0 && waiting[0]!.at.getTime() <= until) {
      const load = waiting.shift()!
      events.push({ load, before: load.balanceAfter - load.amount, after: load.balanceAfter })
    }
  }
  for (const tap of ordered) {
    takeLoads(tap.at.getTime())
    const after = tap.balanceBefore === null ? null : tap.balanceBefore - tap.amount
    events.push({ tap, before: tap.balanceBefore, after })
  }
  takeLoads(Infinity)
  return events
}

function gapBefore(earlier: readonly Event[], event: Event, undecided: readonly number[]): Gap | null {
  const last = earlier.at(-1)!
  if (last.after === null || event.before === null) return { kind: 'untold', count: 0, fen: 0 }
  const fen = event.before - last.after
  if ('tap' in event) {
    const before = earlier.findLast((each) => 'tap' in each)?.tap
    const step = before ? event.tap.counter - before.counter : 1
    const back = before ? before.at.getTime() - event.tap.at.getTime() : 0
    if (step < 1 || back > clockDoubtMs) return { kind: 'rewound', count: 0, fen }
    if (step > 1) return { kind: 'missing-taps', count: step - 1, fen }
  }
  if (fen === 0) return null
  if (undecided.includes(fen)) return { kind: 'undecided-load', count: 1, fen }
  if (fen < 0 && 'load' in event) return { kind: 'missing-taps', count: 0, fen }
  return fen > 0 ? { kind: 'loaded-elsewhere', count: 1, fen } : { kind: 'lost-money', count: 0, fen }
}

function balanceOf(events: readonly Event[], gaps: Gap[]): Balance | null {
  const last = events.at(-1)
  const opening = events.find(({ before }) => before !== null)?.before
  if (!last || last.after === null || opening === null || opening === undefined) return null
  const taps = events.filter((each) => 'tap' in each)
  const loads = events.filter((each) => 'load' in each)
  const spent = taps.reduce((sum, { tap }) => sum + tap.amount, 0)
  const loaded = loads.reduce((sum, { load }) => sum + load.amount, 0)
  return {
    fen: last.after,
    at: 'tap' in last ? last.tap.at : last.load.at,
    restsOn: 'tap' in last ? 'tap' : 'load',
    unbroken: gaps.length === 0,
    proof: {
      opening,
      spent,
      loaded,
      unexplained: last.after - (opening - spent + loaded),
      offline: taps.length,
      online: loads.length
    },
    gaps
  }
}
