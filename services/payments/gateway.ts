// The one port to whoever moves money: open a charge, ask what became of it, pay back. Every call carries our key and may be repeated;
// an answer that does not come is 'unknown' and is asked for again, never guessed.
import type { Fen } from '../../clearing/money.ts'

/** pending: the payer has not decided. unknown: the gateway cannot say now. */
export type ChargeOutcome = 'succeeded' | 'failed' | 'pending' | 'unknown'

export interface OpenedCharge {
  outcome: ChargeOutcome
  /** Where the payer pays; null when there is nothing more to do. */
  payAt: string | null
}

export interface PaymentGateway {
  /** With `payCode` the payer's own code was scanned, and he need do nothing more unless his bank asks him. */
  open(charge: {
    key: string
    amount: Fen
    payUntil: Date
    payCode?: string | undefined
    now: Date
  }): Promise<OpenedCharge>
  inquire(key: string, now: Date): Promise<ChargeOutcome>
  /** Gives an undecided charge up; answers what became of it, which may be that it was paid a moment before. */
  close(key: string, now: Date): Promise<ChargeOutcome>
  /** 'unknown' is asked again with the same key; the gateway pays a key once. */
  refund(refund: { key: string; chargeKey: string; amount: Fen }, now: Date): Promise<'paid' | 'unknown'>
}

export type GatewayName = 'simulated-cashier' | 'cash' | 'credit'
export type Gateways = Record<GatewayName, PaymentGateway>
