// A custodian proves himself to the key process with a passphrase, so that whoever holds the web server cannot speak for two people.
import { randomBytes, scryptSync } from 'node:crypto'
import { equalConstantTime, fromHex, hex } from '../bytes.ts'

export interface Custodian {
  name: string
  salt: string
  proof: string
}

export interface Credentials {
  custodian: string
  passphrase: string
}

const LEAST_LENGTH = 10
/** About 50 ms and 32 MB: a guess costs as much. */
const COST = { N: 1 << 15, r: 8, p: 1, maxmem: 64 << 20 }

export function newCustodian({ custodian: name, passphrase }: Credentials): Custodian {
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,39}$/u.test(name)) throw new RangeError('that is no name of a custodian')
  if (passphrase.length < LEAST_LENGTH) throw new RangeError(`a passphrase has ${LEAST_LENGTH} characters or more`)
  const salt = randomBytes(16)
  return { name, salt: hex(salt), proof: hex(proofOf(passphrase, salt)) }
}

export function isCustodian({ salt, proof }: Custodian, passphrase: string): boolean {
  return equalConstantTime(proofOf(passphrase, fromHex(salt)), fromHex(proof))
}

function proofOf(passphrase: string, salt: Uint8Array): Uint8Array {
  return scryptSync(passphrase.normalize('NFC'), salt, 32, COST)
}
