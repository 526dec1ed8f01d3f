// Where a simulated card keeps what in its memory.
import { DATA } from './card-memory.ts'
import { COMPOUND_BYTES, LOG_BYTES, TRIP_BYTES } from './card-files.ts'

/** Records of each cyclic file. */
export const RECORDS = 10

let next = DATA
const take = (length: number): number => (next += length) - length

/** `heads`: next slot and number of records of the log, then of the trips. `proof`: type 1, counter 2, MAC2 4, TAC 4. */
export const FIELD = {
  balance: take(4),
  offlineCounter: take(2),
  onlineCounter: take(2),
  heads: take(4),
  proof: take(11),
  lock: take(1),
  application: take(30),
  holder: take(55),
  management: take(60),
  compound: take(COMPOUND_BYTES),
  log: take(RECORDS * LOG_BYTES),
  trips: take(RECORDS * TRIP_BYTES)
} as const

export const MEMORY_BYTES: number = next - DATA
