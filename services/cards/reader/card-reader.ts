// The card reader at a window, as we speak to it: what lies on it, and the two steps of a load. A window's own driver is an adapter of
// this; the sample province has a simulated one in a process of its own, because it holds the keys of its cards.
import { request } from 'node:http'
import { join } from 'node:path'
import { refuse } from '../../refusals.ts'

/** A card's answer to INITIALIZE FOR LOAD, as /v1/card-loads takes it. */
export interface ReaderAnswer {
  terminal: string
  balance: number
  counter: number
  keyVersion: number
  keyIndex: number
  algorithmId: number
  random: string
  mac1: string
}

/** What is laid onto a simulated reader; a card it has seen before is as it was left. */
export interface LaidCard {
  cardNumber: string
  issuer: string
  algorithm: '3des' | 'sm4'
  balance: number
  offlineCounter: number
}

/** The next credit is cut: before the card has written anything, after it has, or not at all. */
export type Tear = 'before' | 'after' | null

export interface CardReader {
  lay(who: string, card: LaidCard): Promise<{ cardNumber: string; balance: number }>
  ask(who: string, amount: number): Promise<ReaderAnswer>
  credit(who: string, begun: { dateTime: string; mac2: string; tear: Tear }): Promise<{ tac: string }>
}

export function readerSocket(dataFolder: string): string {
  return join(dataFolder, 'card-reader.sock')
}

/** Throws reader-away, reader-empty and card-no-answer. */
export function openCardReader(dataFolder: string): CardReader {
  const ask = async <Answer>(path: string, body: object): Promise<Answer> =>
    await send<Answer>(readerSocket(dataFolder), path, body)
  return {
    lay: async (who, card) => await ask('/lay', { who, ...card }),
    ask: async (who, amount) => await ask('/ask', { who, amount }),
    credit: async (who, begun) => await ask('/credit', { who, ...begun })
  }
}

async function send<Answer>(socketPath: string, path: string, body: object): Promise<Answer> {
  const { status, text } = await new Promise<{ status: number; text: string }>((done) => {
    const asked = request({ socketPath, path, method: 'POST', timeout: 5000 }, (answer) => {
      let whole = ''
      answer.setEncoding('utf8').on('data', (piece: string) => (whole += piece))
      answer.on('end', () => done({ status: answer.statusCode ?? 0, text: whole }))
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => done({ status: 0, text: '' }))
    asked.end(JSON.stringify(body))
  })
  if (status === 200) return JSON.parse(text) as Answer
  if (status === 410) throw refuse('card-no-answer')
  throw refuse(status === 404 ? 'reader-empty' : 'reader-away')
}
