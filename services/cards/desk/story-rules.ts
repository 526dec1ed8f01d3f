// A card's story from what clearing and loading know of it: its taps in the order of its own counter, and whether each begins with
// what the last one left. Pure.

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
}

export interface StoryTap extends Tap {
  balanceAfter: number | null
  /** 'continues': it begins with what the last tap left and what was loaded between; 'gap': something between is not known to us. */
  link: 'first' | 'continues' | 'gap'
}

export interface Balance {
  fen: number
  /** When the last thing it rests on happened. */
  at: Date
  restsOn: 'tap' | 'load'
  /** True when every tap shown continues the one before. */
  unbroken: boolean
}

/** The taps newest last. */
export function storyOf(taps: readonly Tap[], loads: readonly Load[]): { taps: StoryTap[]; balance: Balance | null } {
  const told: StoryTap[] = []
  for (const tap of taps.toSorted((a, b) => a.counter - b.counter || a.at.getTime() - b.at.getTime())) {
    const before = told.at(-1)
    const balanceAfter = tap.balanceBefore === null ? null : tap.balanceBefore - tap.amount
    told.push({ ...tap, balanceAfter, link: linkOf(before, tap, loads) })
  }
  return { taps: told, balance: balanceOf(told, loads) }
}

/** The last load after the last tap says what the card held; without one the tap does. */
function balanceOf(told: readonly StoryTap[], loads: readonly Load[]): Balance | null {
  const last = told.at(-1)
  const continued = told.every(({ link }) => link !== 'gap')
  const since = loads.filter(({ at }) => !last || at > last.at).toSorted((a, b) => a.at.getTime() - b.at.getTime())
  const load = since.at(-1)
  if (load) {
    const expected = since.reduce(
      (sum, { amount }) => sum + amount,
      last?.balanceAfter ?? since[0]!.balanceAfter - since[0]!.amount
    )
    return {
      fen: load.balanceAfter,
      at: load.at,
      restsOn: 'load',
      unbroken: continued && expected === load.balanceAfter
    }
  }
  if (!last || last.balanceAfter === null) return null
  return { fen: last.balanceAfter, at: last.at, restsOn: 'tap', unbroken: continued }
}

function linkOf(before: StoryTap | undefined, tap: Tap, loads: readonly Load[]): StoryTap['link'] {
  if (before === undefined) return 'first'
  if (before.balanceAfter === null || tap.balanceBefore === null) return 'gap'
  const between = loads.filter(({ at }) => at > before.at && at <= tap.at).reduce((sum, { amount }) => sum + amount, 0)
  return tap.counter === before.counter + 1 && tap.balanceBefore === before.balanceAfter + between ? 'continues' : 'gap'
}
