// What is asked of custody and what it keeps: questions arrive as JSON from the command line or the page, the rest lies sealed beside the keys.
import type { KeyReference } from '../key-reference.ts'
import type { Credentials, Custodian } from './custodian.ts'
import type { Splitting } from './key-components.ts'
import type { KeyState } from './key-states.ts'

export type CustodyQuestion =
  | { ask: 'inventory' }
  | { ask: 'records' }
  /** The first two come by themselves; later ones need two who are there. */
  | ({ ask: 'add-custodian'; vouchers?: Credentials[] } & Credentials)
  | ({ ask: 'begin-ceremony' } & CeremonyOrder & Credentials)
  | ({ ask: 'enter-component'; ceremony: string; component: string } & Credentials)
  | ({ ask: 'take-component'; ceremony: string } & Credentials)
  | ({ ask: 'plan'; key: string; to: KeyState; from: string } & Credentials)
  | ({ ask: 'approve'; plan: string } & Credentials)

export interface CeremonyOrder {
  /** keyName() of what comes out of it. */
  key: string
  /** 'entered': its custodians bring the parts. 'drawn': the key is drawn in here and each takes his part away, once. */
  origin: 'entered' | 'drawn'
  splitting: Splitting
  /** Whose parts they are, all different. */
  custodians: string[]
  /** Where the paper says what the check value must be. */
  checkValue?: string
}

export interface Ceremony extends CeremonyOrder {
  id: string
  begunBy: string
  begunAt: string
  state: 'open' | 'done' | 'refused'
  parts: CeremonyPart[]
}

export interface CeremonyPart {
  custodian: string
  /** Hexadecimal; empty once it is not needed any more. Never answered but to its custodian. */
  component: string
  /** SM3 of the part, its first 3 bytes: what the custodian's paper says beside it. */
  checkValue: string
  at: string
}

/** A change of a key's state on a day, asked for by one custodian and approved by another. */
export interface KeyPlan {
  id: string
  key: string
  to: KeyState
  /** Instant. */
  from: string
  askedBy: string
  askedAt: string
  approvedBy?: string
  approvedAt?: string
  doneAt?: string
  /** Why it could not be done when its day came. */
  refused?: string
}

/** What happened, chained by SM3 and signed with the custody key. */
export interface CustodyRecord {
  number: number
  at: string
  event: string
  facts: Record<string, unknown>
  /** SM3 of the record before. */
  previous: string
  signature: string
}

export interface CustodyState {
  custodians: Custodian[]
  ceremonies: Ceremony[]
  plans: KeyPlan[]
  records: CustodyRecord[]
}

export interface KeyEntry {
  name: string
  state: KeyState
  checkValue: string
  uses: Record<string, number>
}

export interface Inventory {
  keys: KeyEntry[]
  custodians: string[]
  ceremonies: (Omit<Ceremony, 'parts'> & { parts: Omit<CeremonyPart, 'component'>[] })[]
  plans: KeyPlan[]
}

export const custodyKey: KeyReference = {
  purpose: 'custody-record',
  scope: '',
  version: 1,
  index: 1,
  algorithm: 'sm2'
}
