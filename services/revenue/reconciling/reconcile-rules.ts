// Their list of a day's tickets against ours: what only one side has, what differs in amount or in state.
import { fen, zeroFen, type Fen } from '../../../clearing/money.ts'
import { legsOf, type RevenueKind, type RevenueLine } from '../revenue-lines.ts'

export const reconciledStates = ['SOLD', 'USED', 'UNUSED', 'REFUNDED', 'VOIDED', 'CHANGED', 'CLAIMED'] as const
export type ReconciledState = (typeof reconciledStates)[number]
export const differenceKinds = ['ONLY_OURS', 'ONLY_THEIRS', 'AMOUNT', 'STATE'] as const
export type DifferenceKind = (typeof differenceKinds)[number]

/** What a day came to for one ticket: its last state, and the money. */
export interface TicketDay {
  state: ReconciledState
  amount: Fen
}

export interface Difference {
  ticketNo: string
  kind: DifferenceKind
  ours: TicketDay | null
  theirs: TicketDay | null
}

const states: Record<RevenueKind, ReconciledState> = {
  issue: 'SOLD',
  use: 'USED',
  unused: 'UNUSED',
  refund: 'REFUNDED',
  void: 'VOIDED',
  change: 'CHANGED',
  claim: 'CLAIMED'
}

/** Of a channel: what it owes for the ticket, and only events that change that. Of anybody else: what it earned by it. */
export function ourDay(
  lines: readonly RevenueLine[],
  { party, platform, isChannel }: { party: number; platform: number; isChannel: boolean }
): Map<string, TicketDay> {
  const days = new Map<string, TicketDay>()
  for (const line of lines) {
    if (isChannel && (line.kind === 'use' || line.kind === 'unused')) continue
    const counted = legsOf(line, party, platform).filter(
      ({ account }) => account === (isChannel ? 'receivable' : 'earned')
    )
    const sum = counted.reduce((total, { amount }) => (isChannel ? total - amount : total + amount), 0)
    const before = days.get(line.ticketNo)?.amount ?? zeroFen
    days.set(line.ticketNo, { state: states[line.kind], amount: fen(before + sum) })
  }
  return days
}

/** In the order of ticket numbers. A ticket in another state is a STATE, whatever the amount. */
export function compareDays(
  ours: ReadonlyMap<string, TicketDay>,
  theirs: ReadonlyMap<string, TicketDay>
): { agreed: number; differences: Difference[] } {
  const differences: Difference[] = []
  let agreed = 0
  for (const ticketNo of [...new Set([...ours.keys(), ...theirs.keys()])].toSorted()) {
    const kind = differenceOf(ours.get(ticketNo), theirs.get(ticketNo))
    if (kind === null) agreed += 1
    else differences.push({ ticketNo, kind, ours: ours.get(ticketNo) ?? null, theirs: theirs.get(ticketNo) ?? null })
  }
  return { agreed, differences }
}

function differenceOf(ours: TicketDay | undefined, theirs: TicketDay | undefined): DifferenceKind | null {
  if (!theirs) return 'ONLY_OURS'
  if (!ours) return 'ONLY_THEIRS'
  if (ours.state !== theirs.state) return 'STATE'
  return ours.amount === theirs.amount ? null : 'AMOUNT'
}

export interface BadRow {
  line: number
  reason: string
}

const rowsBadMax = 100

/** `ticketNo,state,amount` with or without that heading, LF or CRLF, a byte order mark or none; every bad row is named. */
export function readTicketDays(text: string): { days: Map<string, TicketDay>; bad: BadRow[] } {
  const days = new Map<string, TicketDay>()
  const bad: BadRow[] = []
  for (const [index, row] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (row === '' || (index === 0 && row.startsWith('ticketNo'))) continue
    const reason = rowFault(row, days)
    if (reason === null) {
      const [ticketNo, state, amount] = row.split(',')
      days.set(ticketNo!, { state: state as ReconciledState, amount: fen(Number(amount)) })
    } else if (bad.length < rowsBadMax) bad.push({ line: index + 1, reason })
  }
  return { days, bad }
}

function rowFault(row: string, before: ReadonlyMap<string, TicketDay>): string | null {
  const [ticketNo, state, amount, more] = row.split(',')
  if (amount === undefined || more !== undefined) return 'three fields: ticketNo,state,amount'
  if (!/^[0-9]{11}[A-Z][0-9]{8}$/.test(ticketNo!)) return 'not a ticket number'
  if (!(reconciledStates as readonly string[]).includes(state!))
    return `the state is one of ${reconciledStates.join(' ')}`
  if (!/^-?\d{1,12}$/.test(amount)) return 'the amount is a whole number of fen'
  if (before.has(ticketNo!)) return 'this ticket stands in an earlier row'
  return null
}
