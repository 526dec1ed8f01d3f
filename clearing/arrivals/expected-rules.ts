// Whether an expected file is there: by when it was due, when it came, and what time it is.

export type ArrivalState = 'arrived' | 'late' | 'awaited' | 'missing'

/** What came is never missing, however late, and whether it went into the day or into an adjustment of it. */
export function arrivalState({ due, firstAt }: { due: Date; firstAt: Date | null }, now: Date): ArrivalState {
  if (firstAt !== null) return firstAt <= due ? 'arrived' : 'late'
  return now < due ? 'awaited' : 'missing'
}
