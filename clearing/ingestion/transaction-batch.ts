// One batch of card transactions as columns. A file adapter fills them straight from bytes, the check ladder marks codes,
// the COPY encoder reads them; nothing here is an object or a string per record, and a batch is reused for the next chunk.
import { TAC_RECORD } from '../../card-crypto/tac-batch.ts'

/** An issuer or acquirer nobody has registered. */
export const unknownParticipant = -1
/** The card's BIN is registered, but not valid on the day of the transaction. */
export const disabledBin = -2

/** Columns follow card_transaction (migrations/0003); row n of every column is one line of the file. */
export interface TransactionBatch {
  readonly capacity: number
  count: number
  /**
   * The format carries terminal sequence, balance, key and TAC. Where it does not, those columns hold nothing and are
   * written as null.
   */
  hasProof: boolean
  /** Index into errorCodes (card-files/error-codes.ts); 0 = nothing found wrong so far. Other columns of a faulty row may be stale. */
  readonly code: Uint16Array
  /** Physical line of the file, header lines included; the first line is 1. */
  readonly lineNumber: Int32Array
  /** Where the line begins in the file, and its length without the line end. */
  readonly byteOffset: Float64Array
  readonly byteLength: Int32Array
  readonly cardNumber: BigInt64Array
  /** The same memory as cardNumber, low word first: adapters write it without making a BigInt. */
  readonly cardNumberWords: Uint32Array
  readonly cardSequence: Int32Array
  readonly terminalNumber: BigInt64Array
  readonly terminalNumberWords: Uint32Array
  /** u32 as a signed 32-bit integer. */
  readonly terminalSequence: Int32Array
  /** Milliseconds since 1970 UTC. */
  readonly occurredAt: Float64Array
  /** Shanghai calendar day of the transaction as days since 2000-01-01, which is PostgreSQL's own date. */
  readonly day: Int32Array
  /** Fen charged, and the price before discount. */
  readonly amount: Int32Array
  readonly price: Int32Array
  readonly balanceBefore: Int32Array
  readonly balanceAfter: Int32Array
  readonly tac: Int32Array
  /** Key version << 8 | key index. */
  readonly key: Int16Array
  /** 1 bus, 2 metro, 3 bicycle, 4 taxi, 5 tram, 6 ferry, 8 parking, 0 other. */
  readonly service: Int16Array
  /** 6 simple, 9 compound purchase. */
  readonly kind: Int16Array
  /** 0 single, 1 entry (never money), 2 exit. */
  readonly passage: Int16Array
  readonly discount: Int16Array
  /** 3 = 3DES, 4 = SM4, 0 = no TAC to prove. */
  readonly algorithm: Int16Array
  /** Participant id of the issuer the record names; unknownParticipant when it is nobody's code. */
  readonly issuer: Int16Array
  /** Participant id of the issuer the BIN belongs to; unknownParticipant or disabledBin otherwise. */
  readonly binIssuer: Int16Array
  readonly acquirer: Int16Array
  /** Flat records for KeyStore.verifyTacs. Replaceable, because a verifier may hand back another buffer. */
  tacRecords: Uint8Array
}

export function createTransactionBatch(capacity: number): TransactionBatch {
  const cardNumber = new BigInt64Array(capacity)
  const terminalNumber = new BigInt64Array(capacity)
  return {
    capacity,
    count: 0,
    hasProof: false,
    code: new Uint16Array(capacity),
    lineNumber: new Int32Array(capacity),
    byteOffset: new Float64Array(capacity),
    byteLength: new Int32Array(capacity),
    cardNumber,
    cardNumberWords: new Uint32Array(cardNumber.buffer),
    cardSequence: new Int32Array(capacity),
    terminalNumber,
    terminalNumberWords: new Uint32Array(terminalNumber.buffer),
    terminalSequence: new Int32Array(capacity),
    occurredAt: new Float64Array(capacity),
    day: new Int32Array(capacity),
    amount: new Int32Array(capacity),
    price: new Int32Array(capacity),
    balanceBefore: new Int32Array(capacity),
    balanceAfter: new Int32Array(capacity),
    tac: new Int32Array(capacity),
    key: new Int16Array(capacity),
    service: new Int16Array(capacity),
    kind: new Int16Array(capacity),
    passage: new Int16Array(capacity),
    discount: new Int16Array(capacity),
    algorithm: new Int16Array(capacity),
    issuer: new Int16Array(capacity),
    binIssuer: new Int16Array(capacity),
    acquirer: new Int16Array(capacity),
    tacRecords: new Uint8Array(capacity * TAC_RECORD.stride)
  }
}
