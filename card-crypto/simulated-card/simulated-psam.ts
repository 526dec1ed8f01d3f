// A terminal's PSAM in software: its number, its transaction counter, and the purchase keys it diversifies on the fly for every card
// it meets. Files 0016 and DF 8011, INIT FOR PURCHASE, CREDIT SAM and the TAC it computes anew, as terminals in production use them.
import { concat, equalConstantTime, hex, readUint32 } from '../bytes.ts'
import { diversify, type SymmetricAlgorithm } from '../diversify.ts'
import { computeMac, fourBytes, purchaseMac1Data, purchaseMac2Data } from '../mac.ts'
import { purchaseSeed, sessionKey } from '../session-key.ts'
import { computeTac } from '../tac.ts'
import { answer, expectLength, parseCommand, StatusError, SW, type Chip, type Command } from './apdu.ts'

export interface PsamRoot {
  purpose: 'purchase' | 'tac'
  version: number
  algorithm: SymmetricAlgorithm
  /** What cards call the algorithm; several may mean the same. */
  algorithmIds: readonly number[]
  key: Uint8Array
}

export interface PsamPersonalisation {
  /** 12 digits. */
  number: Uint8Array
  keyIndex: number
  roots: readonly PsamRoot[]
  /** The last transaction number it gave. */
  sequence?: number
}

interface Begun {
  algorithm: SymmetricAlgorithm
  session: Uint8Array
  amount: number
}

export class SimulatedPsam implements Chip {
  readonly #number: Uint8Array
  readonly #keyIndex: number
  readonly #roots: readonly PsamRoot[]
  readonly #issuerKeys: Map<string, Uint8Array>
  #sequence: number
  #application = false
  #begun: Begun | null = null
  #tac: { algorithm: SymmetricAlgorithm; key: Uint8Array } | null = null

  /** `issuerKeys` may be shared among PSAMs with the same roots: keys of the issuers met so far. */
  constructor(
    { number, keyIndex, roots, sequence = 0 }: PsamPersonalisation,
    issuerKeys = new Map<string, Uint8Array>()
  ) {
    this.#number = number
    this.#keyIndex = keyIndex
    this.#roots = roots
    this.#sequence = sequence
    this.#issuerKeys = issuerKeys
  }

  transmit(bytes: Uint8Array): Uint8Array {
    const command = parseCommand(bytes)
    if (command === null) return answer(SW.wrongLength)
    try {
      return answer(SW.done, this.#run(command))
    } catch (error) {
      if (error instanceof StatusError) return answer(error.status)
      throw error
    }
  }

  #run(command: Command): Uint8Array {
    switch (((command.cla << 24) | (command.ins << 16) | (command.p1 << 8) | command.p2) >>> 0) {
      case 0x00a40000:
        return this.#select(command.data)
      case 0x00b09600:
        return this.#number
      case 0x00b09700:
        return Uint8Array.of(this.#keyIndex)
      case 0x80700000:
        return this.#beginPurchase(command.data)
      case 0x80720000:
        return this.#checkMac2(command.data)
      case 0x801a4400:
        return this.#deliverTacKey(command.data)
      case 0x80fa0500:
        return this.#computeTac(command.data)
    }
    throw new StatusError(SW.unknownInstruction)
  }

  #select(data: Uint8Array): Uint8Array {
    expectLength(data, 2)
    const file = hex(data)
    if (file !== '3F00' && file !== '8011') throw new StatusError(SW.noFile)
    this.#application = file === '8011'
    this.#begun = null
    return new Uint8Array()
  }

  /** random 4 | counter 2 | amount 4 | type 1 | date and time 7 | key version 1 | algorithm 1 | serial 8 | issuer 8. */
  #beginPurchase(data: Uint8Array): Uint8Array {
    if (!this.#application) throw new StatusError(SW.conditions)
    expectLength(data, 36)
    this.#begun = null
    const root = this.#root('purchase', data[18]!, data[19]!)
    const cardKey = this.#cardKey(root, data.subarray(20, 28), data.subarray(28, 36))
    const sequence = (this.#sequence + 1) >>> 0
    // Given once, whatever becomes of the purchase.
    this.#sequence = sequence
    const amount = readUint32(data, 6)
    const terms = { amount, type: data[10]!, terminal: this.#number, dateTime: data.subarray(11, 18) }
    const seed = purchaseSeed(data.subarray(0, 4), (data[4]! << 8) | data[5]!, sequence)
    const session = sessionKey(root.algorithm, cardKey, seed)
    this.#begun = { algorithm: root.algorithm, session, amount }
    return concat(fourBytes(sequence), computeMac(root.algorithm, session, purchaseMac1Data(terms)))
  }

  #checkMac2(data: Uint8Array): Uint8Array {
    expectLength(data, 4)
    const begun = this.#begun
    this.#begun = null
    if (begun === null) throw new StatusError(SW.conditions)
    const expected = computeMac(begun.algorithm, begun.session, purchaseMac2Data(begun.amount))
    if (!equalConstantTime(expected, data)) throw new StatusError(SW.wrongMac)
    return new Uint8Array()
  }

  /** serial 8 | issuer 8 | key version 1 | algorithm 1: the last two are ours, so that several generations can be told apart. */
  #deliverTacKey(data: Uint8Array): Uint8Array {
    expectLength(data, 18)
    const root = this.#root('tac', data[16]!, data[17]!)
    this.#tac = { algorithm: root.algorithm, key: this.#cardKey(root, data.subarray(0, 8), data.subarray(8, 16)) }
    return new Uint8Array()
  }

  /** The data of a TAC, not padded: 22 bytes of a purchase. */
  #computeTac(data: Uint8Array): Uint8Array {
    const delivered = this.#tac
    this.#tac = null
    if (delivered === null) throw new StatusError(SW.conditions)
    return computeTac(delivered.algorithm, delivered.key, data)
  }

  #root(purpose: PsamRoot['purpose'], version: number, algorithmId: number): PsamRoot {
    const root = this.#roots.find(
      (each) => each.purpose === purpose && each.version === version && each.algorithmIds.includes(algorithmId)
    )
    if (root === undefined) throw new StatusError(SW.noSuchKey)
    return root
  }

  #cardKey(root: PsamRoot, leaf: Uint8Array, issuer: Uint8Array): Uint8Array {
    const name = `${root.purpose} ${root.version} ${root.algorithm} ${hex(issuer)}`
    const issuerKey = this.#issuerKeys.getOrInsertComputed(name, () => diversify(root.algorithm, root.key, issuer))
    return diversify(root.algorithm, issuerKey, leaf)
  }
}
