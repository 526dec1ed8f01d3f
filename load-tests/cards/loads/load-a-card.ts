// One load of a simulated card over HTTP, well or with one of the faults of the street: what the card then holds is known to the test.
import { fromHex, hex } from '../../../card-crypto/bytes.ts'
import { NoAnswer } from '../../../card-crypto/simulated-card/apdu.ts'
import { cardKeySet } from '../../../card-crypto/simulated-card/card-keys.ts'
import { beginLoad, creditLoad } from '../../../card-crypto/simulated-card/load-terminal.ts'
import { SimulatedCard } from '../../../card-crypto/simulated-card/simulated-card.ts'
import { samplePurseRoots } from '../../../clearing/fabrication/sample-keys.ts'
import type { Client } from '../../platform/keep-alive-client.ts'

export interface LoadedCard {
  number: string
  chip: SimulatedCard
  balance: number
  /** Never seen again: its last load was cut short. */
  gone: boolean
}

const issuer = '02205810'
const terminal = '581000000099'

export function newCards(count: number): LoadedCard[] {
  return Array.from({ length: count }, newCard)
}

let made = 0

function newCard(): LoadedCard {
  const n = made++
  const number = `31048703${String(50_000_000_000 + n)}`
  const roots = samplePurseRoots[n % 2]!
  const keys = [cardKeySet(roots, { issuer, number, index: 1, algorithmId: roots.algorithm === 'sm4' ? 4 : 0 })]
  const identity = { issuer, number, validFrom: '20240101', validTo: '20391231', city: '5810', holderKind: 1 }
  let asked = n
  const random = (): Uint8Array => fromHex(((asked += 7919) >>> 0).toString(16).padStart(8, '0'))
  const chip = new SimulatedCard({ identity: { ...identity, interoperable: true }, keys }, random)
  return { number, chip, balance: 0, gone: false }
}

interface Terms {
  authorization: string
  wrong: boolean
  id: string
}

/** Some faults are mended at once, with the card still there; after the others nobody sees the card again. */
const faults = [
  'torn-before',
  'torn-after',
  'mac2-lost',
  'confirmation-lost',
  'card-gone',
  'payment-silent',
  'card-never-came'
] as const

export async function loadCard(client: Client, card: LoadedCard, { authorization, wrong, id }: Terms): Promise<void> {
  // Its place is taken by another.
  if (card.gone) Object.assign(card, newCard())
  const amount = 100 * (1 + Math.floor(Math.random() * 100))
  const fault = wrong ? faults[Math.floor(Math.random() * faults.length)]! : null
  const ask = async (method: 'PUT' | 'POST', path: string, body: unknown): Promise<Record<string, never>> => {
    const answer = await client.ask({ method, path: `/v1/card-loads/${id}${path}`, authorization, body })
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`)
    return JSON.parse(answer.body) as Record<string, never>
  }
  if (fault === 'payment-silent' || fault === 'card-never-came') {
    await ask('PUT', '/payment', { cardNumber: card.number, amount, operator: '12215840' })
    const choice = { choice: fault === 'payment-silent' ? 'time-out' : 'success' }
    await client.ask({ method: 'POST', path: `/v1/simulated-cashier/charges/${id}.0`, body: choice })
    return
  }
  const body = initialise(card, amount)
  const begun = await ask('PUT', '', body)
  // Asked again with the same id: the same MAC2.
  if (fault === 'mac2-lost' && (await ask('PUT', '', body)).mac2 !== begun.mac2) throw new Error('another MAC2')
  const credit = { dateTime: fromHex(begun.dateTime!), mac2: fromHex(begun.mac2!) }
  if (fault === 'torn-before' || fault === 'torn-after' || fault === 'card-gone') {
    card.chip.tearAfter(fault === 'torn-before' ? 0 : fault === 'torn-after' ? 8 : Math.floor(Math.random() * 9))
    try {
      creditLoad(card.chip, credit)
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
    }
    card.chip.tearAfter(Infinity)
    card.chip.reset()
    card.balance = card.chip.balance
    card.gone = fault === 'card-gone'
    if (!card.gone) await mend(client, card, authorization)
    return
  }
  const tac = hex(creditLoad(card.chip, credit))
  card.balance += amount
  if (fault === 'confirmation-lost') await mend(client, card, authorization)
  else await ask('POST', '/confirmation', { tac })
}

/** The holder tries again: the next load finds the last one undecided, and the card proves what it holds. */
async function mend(client: Client, card: LoadedCard, authorization: string): Promise<void> {
  const id = crypto.randomUUID()
  const first = await client.ask({
    method: 'PUT',
    path: `/v1/card-loads/${id}`,
    authorization,
    body: initialise(card, 100)
  })
  const answer = JSON.parse(first.body) as {
    facts?: { load: string; challenge: number }
    dateTime: string
    mac2: string
  }
  if (answer.facts) {
    const { load, challenge } = answer.facts
    const { card: body } = initialise(card, challenge)
    const proved = await client.ask({ method: 'POST', path: `/v1/card-loads/${load}/proof`, authorization, body })
    if (proved.status !== 200) throw new Error(`a proof was refused: ${proved.body}`)
    return
  }
  if (first.status !== 200) throw new Error(`a load was refused: ${first.body}`)
  const tac = hex(creditLoad(card.chip, { dateTime: fromHex(answer.dateTime), mac2: fromHex(answer.mac2) }))
  card.balance += 100
  await client.ask({ method: 'POST', path: `/v1/card-loads/${id}/confirmation`, authorization, body: { tac } })
}

function initialise({ number, chip }: LoadedCard, amount: number) {
  const request = beginLoad(chip, { amount, terminal: fromHex(terminal), keyIndex: 1 })
  const { balanceBefore: balance, counter, keyVersion, keyIndex, algorithmId } = request
  const bytes = { random: hex(request.random), mac1: hex(request.mac1) }
  return {
    cardNumber: number,
    amount,
    agent: 'LOAD',
    card: { terminal, balance, counter, keyVersion, keyIndex, algorithmId, ...bytes }
  }
}
