// `npm run load -- hotlist [--cards 200000] [--bits 16]`
// A hotlist of so many cards becomes a terminal's filter, from the database to the signed package; then cards are looked up in it, the
// listed ones and as many others. The full figure: `--cards 1000000`.
import { parseArgs } from 'node:util'
import { transaction, connect } from '../../clearing/database.ts'
import { openCardFilter } from '../../clearing/participants/card-filter.ts'
import { startPlatform } from '../platform/start-platform.ts'

const { values: flags } = parseArgs({
  options: { cards: { type: 'string', default: '200000' }, bits: { type: 'string', default: '16' } }
})
const cards = Number(flags.cards)
const bits = Number(flags.bits)
const first = 3_104_870_320_000_000_000n
/** Apart, so that those between are not listed. */
const step = 7n

console.log('starting the platform with its sample province')
const platform = await startPlatform()
const sql = connect(platform.databaseUrl, { max: 2 })
try {
  const authorization = await platform.signIn('operator')
  await transaction(
    sql,
    async (tx) =>
      await tx`
      insert into hotlist_entry (card_number, issuer, listed_at)
      select ${String(first)}::bigint + n * ${String(step)}::bigint, (select min(id) from participant where role = 'issuer'), now()
      from generate_series(0, ${cards - 1}) as n`
  )
  const make = async (body: object): Promise<{ seconds: number; bytes: number; version: number }> => {
    const began = performance.now()
    const headers = { authorization, 'content-type': 'application/json' }
    const answer = await fetch(`${platform.url}/v1/acceptance-packages`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body)
    })
    if (!answer.ok) throw new Error(await answer.text())
    const made = (await answer.json()) as { bytes: number; version: number }
    return { ...made, seconds: (performance.now() - began) / 1000 }
  }
  const whole = await make({ kind: 'hotlist' })
  const small = await make({ kind: 'hotlist-filter', bits })
  const file = await fetch(`${platform.url}/v1/acceptance-packages/hotlist-filter/${small.version}`, {
    headers: { authorization }
  })
  const filter = openCardFilter(new Uint8Array(await file.arrayBuffer()))
  const words = (from: bigint): Uint32Array => {
    const all = new Uint32Array(2 * cards)
    for (let n = 0; n < cards; n++) {
      const number = from + BigInt(n) * step
      all[2 * n] = Number(number >> 32n)
      all[2 * n + 1] = Number(number & 0xffff_ffffn)
    }
    return all
  }
  const count = (all: Uint32Array): number => {
    let found = 0
    for (let n = 0; n < cards; n++) if (filter.has(all[2 * n]!, all[2 * n + 1]!)) found++
    return found
  }
  const missed = cards - count(words(first))
  const others = words(first + 3n)
  const began = performance.now()
  const wrong = count(others)
  const lookupMicroseconds = ((performance.now() - began) * 1000) / cards
  console.log(
    JSON.stringify({
      load: 'hotlist',
      bytes: small.bytes,
      falsePositiveRate: Number((wrong / cards).toPrecision(3)),
      lookupMicroseconds: Number(lookupMicroseconds.toFixed(3)),
      cards,
      bits,
      missed,
      rebuildSeconds: Number(small.seconds.toFixed(2)),
      wholeListBytes: whole.bytes,
      wholeListSeconds: Number(whole.seconds.toFixed(2))
    })
  )
  if (missed > 0) process.exitCode = 1
} finally {
  await sql.end()
  await platform.stop()
}
