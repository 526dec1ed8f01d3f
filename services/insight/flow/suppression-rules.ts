// What leaves the house of people's movements: no cell of fewer than ten. What is left out is told as one sum, and only when that sum
// itself hides at least ten in at least two cells, so that nobody finds a small cell by subtraction.

/** Fewer than this could be told back to a person (k-anonymity of counts; our choice, k = 10). */
export const leastShown = 10

export interface Suppressed<Row> {
  rows: Row[]
  /** Cells left out, and what they come to together; null where that would tell too much. */
  hidden: { cells: number; sum: number | null }
}

export function suppressSmall<Row>(all: readonly Row[], countOf: (row: Row) => number): Suppressed<Row> {
  const rows = all.filter((row) => countOf(row) >= leastShown)
  const small = all.filter((row) => countOf(row) < leastShown && countOf(row) > 0)
  const sum = small.reduce((total, row) => total + countOf(row), 0)
  return { rows, hidden: { cells: small.length, sum: small.length > 1 && sum >= leastShown ? sum : null } }
}
