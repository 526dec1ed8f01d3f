// What leaves the house of people's movements: no cell of fewer than ten. What a table leaves out is told as one sum, and only when that
// sum itself hides at least ten in at least two cells. This is for one table: who may ask for several cuts of the same rides (a day and
// its hours) can subtract them, so cuts are for staff, and open data has one of them.

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
