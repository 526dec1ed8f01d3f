// When people travel: two peaks between the first bus and the last.

/** Rides of each hour, of 1000. */
const perHour = [0, 0, 0, 0, 0, 15, 60, 115, 110, 60, 45, 45, 50, 45, 45, 50, 70, 105, 90, 50, 25, 12, 6, 2]

/** Rides of the day up to the end of each hour. */
const until = perHour.map((_, hour) => perHour.slice(0, hour + 1).reduce((sum, rides) => sum + rides, 0))
const all = until.at(-1)!

/** Second of the day of a ride when `total` rides are told in order of time. */
export function secondOf(ride: number, total: number): number {
  const share = ((ride + 0.5) / total) * all
  const hour = until.findIndex((rides) => share < rides)
  const before = until[hour - 1] ?? 0
  return Math.floor((hour + (share - before) / perHour[hour]!) * 3600)
}
