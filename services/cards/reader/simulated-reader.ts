// A card reader in software with cards in software on it, for the sample province: faithful at the APDU level, with the sample keys. Cards
// keep their memory in a file, so that one that was loaded stays loaded. Never part of the web process.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { dirname } from 'node:path'
import { randomBytes } from 'node:crypto'
import { fromHex, hex } from '../../../card-crypto/bytes.ts'
import { NoAnswer } from '../../../card-crypto/simulated-card/apdu.ts'
import { cardKeySet } from '../../../card-crypto/simulated-card/card-keys.ts'
import { beginLoad, creditLoad } from '../../../card-crypto/simulated-card/load-terminal.ts'
import { SimulatedCard } from '../../../card-crypto/simulated-card/simulated-card.ts'
import { samplePurseRoots } from '../../../clearing/fabrication/sample-keys.ts'
import type { LaidCard, ReaderAnswer, Tear } from './card-reader.ts'

/** The reader's ISAM number. */
const terminal = '581000000088'

interface Kept {
  card: LaidCard
  memory: string
}

type Body = { who: string } & Partial<LaidCard> & {
    amount?: number
    dateTime?: string
    mac2?: string
    tear?: Tear
  }

class NoCard extends Error {}

/** Listens at the socket; the answer closes it. `folder` keeps the cards. */
export async function startSimulatedReader(socket: string, keptIn: string): Promise<Server> {
  const kept = readKept(keptIn)
  const lying = new Map<string, { number: string; chip: SimulatedCard }>()
  const save = (number: string, chip: SimulatedCard): void => {
    kept[number]!.memory = hex(chip.memory.bytes)
    mkdirSync(dirname(keptIn), { recursive: true })
    writeFileSync(keptIn, JSON.stringify(kept), { mode: 0o600 })
  }
  const chipOf = (who: string): { number: string; chip: SimulatedCard } => {
    const laid = lying.get(who)
    if (!laid) throw new NoCard()
    laid.chip.reset()
    return laid
  }
  const answers: Record<string, (body: Body) => object> = {
    '/lay': (body) => {
      const card = body as LaidCard & Body
      kept[card.cardNumber] ??= { card, memory: '' }
      const chip = makeChip(kept[card.cardNumber]!)
      lying.set(body.who, { number: card.cardNumber, chip })
      return { cardNumber: card.cardNumber, balance: chip.balance }
    },
    '/ask': ({ who, amount }) => answerOf(chipOf(who).chip, amount!),
    '/credit': ({ who, dateTime, mac2, tear }) => {
      const laid = lying.get(who)
      if (!laid) throw new NoCard()
      if (tear) laid.chip.tearAfter(tear === 'before' ? 0 : 8)
      try {
        return { tac: hex(creditLoad(laid.chip, { dateTime: fromHex(dateTime!), mac2: fromHex(mac2!) })) }
      } finally {
        laid.chip.tearAfter(Infinity)
        if (tear) laid.chip.reset()
        save(laid.number, laid.chip)
      }
    }
  }
  rmSync(socket, { force: true })
  const server = createServer((request, reply) => {
    let text = ''
    request.setEncoding('utf8').on('data', (piece: string) => (text += piece))
    request.on('end', () => {
      const [status, answer] = outcome(() => answers[request.url ?? '']?.(JSON.parse(text) as Body) ?? null)
      reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
  })
  await new Promise<void>((done, failed) => server.once('error', failed).listen(socket, done))
  return server
}

function outcome(work: () => object | null): [number, object | null] {
  try {
    const answer = work()
    return answer === null ? [400, null] : [200, answer]
  } catch (error) {
    return [error instanceof NoCard ? 404 : error instanceof NoAnswer ? 410 : 500, null]
  }
}

function makeChip({ card, memory }: Kept): SimulatedCard {
  const roots = samplePurseRoots.find(({ algorithm }) => algorithm === card.algorithm)!
  const algorithmId = card.algorithm === 'sm4' ? 4 : 0
  const keys = [cardKeySet(roots, { issuer: card.issuer, number: card.cardNumber, index: 1, algorithmId })]
  const identity = { issuer: card.issuer, number: card.cardNumber, validFrom: '20240101', validTo: '20391231' }
  const { balance, offlineCounter } = card
  const chip = new SimulatedCard(
    {
      identity: { ...identity, city: card.issuer.slice(4), holderKind: 1, interoperable: true },
      keys,
      balance,
      offlineCounter
    },
    () => randomBytes(4)
  )
  if (memory) chip.memory.bytes.set(fromHex(memory))
  return chip
}

function answerOf(chip: SimulatedCard, amount: number): ReaderAnswer {
  const asked = beginLoad(chip, { amount, terminal: fromHex(terminal), keyIndex: 1 })
  const { balanceBefore: balance, counter, keyVersion, keyIndex, algorithmId } = asked
  const random = hex(asked.random)
  return { terminal, balance, counter, keyVersion, keyIndex, algorithmId, random, mac1: hex(asked.mac1) }
}

function readKept(path: string): Record<string, Kept> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, Kept>
  } catch {
    return {}
  }
}
