// What buyers find before they buy: departures between the larger cities on the days on sale, and through journeys by coach and ferry.

export interface Departure {
  id: number
  mode: 'coach' | 'ferry'
  fullFare: number
  halfFare: number
  placesLeft: number
  /** Why nobody can buy it yet, or any more. */
  notOnSale: string | null
  /** Classes it is sold by, the cheapest first; empty when it is not. */
  cabins: { code: string; fullFare: number; halfFare: number }[]
  from: { place: string }
  to: { place: string }
}

export interface Journey {
  legs: Departure[]
  fullFare: number
  product: { code: string } | null
}

export interface Market {
  departures: Departure[]
  journeys: Journey[]
}

const largerCities = '广州 深圳 惠州 河源 梅州 佛山 东莞 湛江 江门 汕头 珠海 中山 清远 肇庆'.split(' ')
const crossings = ['徐闻港 新海港', '海安新港 新海港', '香洲港 东澳岛', '莲花山港 香港']
const ways = ['湛江 海口', '广州 海口', '深圳 东澳岛', '惠州 香港']

/** So many days from tomorrow on, between the larger cities or all of them: a province that sells out is no measure. */
export async function findMarket(url: string, days: number, extent: 'larger cities' | 'everywhere' = 'larger cities') {
  const market: Market = { departures: [], journeys: [] }
  const cities = extent === 'everywhere' ? await findCities(url) : largerCities
  const pairs = cities.flatMap((from) => cities.filter((to) => to !== from).map((to) => `${from} ${to}`))
  for (let day = 1; day <= days; day++) {
    const date = new Date(Date.now() + (day * 24 + 8) * 3_600_000).toISOString().slice(0, 10)
    const ask = async <Found>(path: string, pair: string): Promise<Found[]> => {
      const [from, to] = pair.split(' ') as [string, string]
      const answer = await fetch(`${url}${path}?${new URLSearchParams({ from, to, day: date }).toString()}`)
      return answer.ok ? ((await answer.json()) as Found[]) : []
    }
    for (const pair of [...pairs, ...crossings])
      market.departures.push(...(await ask<Departure>('/v1/departures', pair)).filter((one) => !one.notOnSale))
    for (const pair of ways) market.journeys.push(...(await ask<Journey>('/v1/journeys', pair)))
  }
  return market
}

async function findCities(url: string): Promise<string[]> {
  const places = (await (await fetch(`${url}/v1/places`)).json()) as { kind: string; city: string }[]
  return [...new Set(places.flatMap(({ kind, city }) => (kind === 'station' ? [city] : [])))]
}
