// A sample card and its load terminal for tests of loading: the simulated card, with the sample province's keys, spoken to as a window does.
import { fromHex, hex } from '../../../card-crypto/bytes.ts'
import { cardKeySet } from '../../../card-crypto/simulated-card/card-keys.ts'
import {
  askAboutLoad,
  beginLoad,
  creditLoad,
  type LoadRequest
} from '../../../card-crypto/simulated-card/load-terminal.ts'
import { SimulatedCard } from '../../../card-crypto/simulated-card/simulated-card.ts'
import { samplePurseRoots } from '../../../clearing/fabrication/sample-keys.ts'

export const testIssuer = '02205810'
export const testTerminal = '581000000077'

export interface TestCard {
  number: string
  chip: SimulatedCard
  /** What the card answers to INITIALIZE FOR LOAD, as the API takes it. */
  ask(amount: number): { body: CardAnswerOf; request: LoadRequest }
  credit(begun: { dateTime: string; mac2: string }): string
  outcome(request: LoadRequest): ReturnType<typeof askAboutLoad>
}

type CardAnswerOf = {
  terminal: string
  balance: number
  counter: number
  keyVersion: number
  keyIndex: number
  algorithmId: number
  random: string
  mac1: string
}

/** `serial` makes the number; even ones are SM4, odd ones 3DES. */
export function testCard(serial: number, balance = 5000): TestCard {
  const number = `31048703${String(serial).padStart(11, '0')}`
  const isSm4 = serial % 2 === 0
  const roots = samplePurseRoots.find(({ algorithm }) => (algorithm === 'sm4') === isSm4)!
  const keys = [cardKeySet(roots, { issuer: testIssuer, number, index: 1, algorithmId: isSm4 ? 4 : 0 })]
  const identity = { issuer: testIssuer, number, validFrom: '20240101', validTo: '20391231', city: '5810' }
  let asked = 0
  const random = (): Uint8Array => fromHex((0x1000_0000 + serial * 1000 + ++asked).toString(16))
  const chip = new SimulatedCard(
    { identity: { ...identity, holderKind: 1, interoperable: true }, keys, balance },
    random
  )
  return {
    number,
    chip,
    ask(amount) {
      const request = beginLoad(chip, { amount, terminal: fromHex(testTerminal), keyIndex: 1 })
      const { balanceBefore, counter, keyVersion, keyIndex, algorithmId } = request
      const bytes = { random: hex(request.random), mac1: hex(request.mac1) }
      return {
        request,
        body: { terminal: testTerminal, balance: balanceBefore, counter, keyVersion, keyIndex, algorithmId, ...bytes }
      }
    },
    credit: ({ dateTime, mac2 }) => hex(creditLoad(chip, { dateTime: fromHex(dateTime), mac2: fromHex(mac2) })),
    outcome: (request) => askAboutLoad(chip, request)
  }
}
