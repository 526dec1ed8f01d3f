// Departures put together to journeys under minimum connection times.
interface Ride {
  id: number
  departsAt: Date
  arrivesAt: Date
}

/**
 * For each departure of the first ride the earliest that can be caught of each next one; `minutes` are the minimum connection times
 * between them. Who leaves earlier to arrive no sooner is left out. Rides come in order of departure.
 */
export function connectRides<Of extends Ride>(rides: readonly (readonly Of[])[], minutes: readonly number[]): Of[][] {
  const found = new Map<number, Of[]>()
  for (const first of rides[0] ?? []) {
    const journey = [first]
    for (const [index, least] of minutes.entries()) {
      const earliest = journey[index]!.arrivesAt.getTime() + least * 60_000
      const next = rides[index + 1]!.find(({ departsAt }) => departsAt.getTime() >= earliest)
      if (!next) break
      journey.push(next)
    }
    // A later first departure that ends in the same last one takes its place.
    if (journey.length === rides.length) found.set(journey.at(-1)!.id, journey)
  }
  return [...found.values()]
}
