// The story of one line, as the command line and the desk show it. What does not apply to the line is left out.
import type { BusinessDay } from '../business-day.ts'
import type { ExactFen, Fen } from '../money.ts'
import type { FareStory } from '../rating/months/explain-ride.ts'

export interface TransactionStory {
  /** FILE:LINE */
  id: string
  line: number
  file: {
    id: number
    name: string
    sender: string | null
    state: 'loading' | 'accepted' | 'refused'
    code: string
    reason: string
    digest: string
    signatureState: string
    /** The sender's SM2 signature over the file as it came, in hexadecimal digits. */
    signature: string | null
    receivedAt: string
    clearingDay: BusinessDay | null
    /** The adjustment it came late for; its lines are stated there, by the rates of that day (the value date). */
    adjustment: { day: BusinessDay; number: number } | null
  }
  /** The line as it stands in the archived file. */
  raw?: string
  byteOffset?: number
  outcome?: { code: string; chinese: string; english: string; detail: string }
  transaction?: {
    occurredAt: string
    acquirer: string
    issuer: string
    service: string
    passage: 'single' | 'entry' | 'exit'
    price: Fen
    charged: Fen
    discount: Fen
    cardSequence: number
    terminal: string
    terminalSequence: number | null
  }
  /** Not proved: the source carries no TAC. */
  tac?:
    | { proved: false }
    | { proved: true; tac: string; algorithm: string; keyVersion: number; keyIndex: number; verdict: string }
  fee?: {
    agreement: number
    chargeRate: string
    acquirerShare: string
    issuerShare: string
    fee: ExactFen
    acquirerFee: ExactFen
    issuerFee: ExactFen
    centreFee: ExactFen
  }
  /** By the discount scheme of the operator's city, once the day's rides are priced. */
  fare?: FareStory
  day?: {
    day: BusinessDay
    state: string
    /** 清分结算机构流水号 in FB and CL. */
    serial: string
    positions: { participant: string; income: Fen; expense: Fen }[]
    statements: { participant: string; number: number; files: string[] }[]
  }
}
