// `npm run load -- personalise [--cards 10000] [--product SALE]`
// An order of cards becomes the personaliser's file: every card's keys derived in the key store from the roots and wrapped under the
// transport key. The full figure: `--cards 100000`.
import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { startPlatform } from '../platform/start-platform.ts'

const { values: flags } = parseArgs({
  options: { cards: { type: 'string', default: '10000' }, product: { type: 'string', default: 'SALE' } }
})
const cards = Number(flags.cards)

console.log('starting the platform with its sample province')
const platform = await startPlatform()
try {
  const authorization = await platform.signIn('operator')
  const ask = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const headers = { authorization, ...(body ? { 'content-type': 'application/json' } : {}) }
    const answer = await fetch(platform.url + path, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {})
    })
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
    return (await answer.json()) as Record<string, unknown>
  }
  const id = randomUUID()
  const order = { issuer: '02205810', product: flags.product, quantity: cards, personaliser: 'factory-1' }
  const began = performance.now()
  await ask('PUT', `/v1/card-orders/${id}`, order)
  const ordered = performance.now()
  console.log(`${cards.toLocaleString('en')} cards ordered in ${((ordered - began) / 1000).toFixed(1)} s`)
  const made = await ask('POST', `/v1/card-orders/${id}/personalisation`)
  const seconds = (performance.now() - ordered) / 1000
  const file = await fetch(`${platform.url}/v1/card-orders/${id}/file`, { headers: { authorization } })
  const { length } = Buffer.from(await file.arrayBuffer())
  console.log(
    JSON.stringify({
      load: 'personalise',
      cards,
      seconds: Number(seconds.toFixed(2)),
      orderSeconds: Number(((ordered - began) / 1000).toFixed(2)),
      product: flags.product,
      fileBytes: length,
      state: made.state
    })
  )
  if (made.state !== 'MADE') process.exitCode = 1
} finally {
  await platform.stop()
}
