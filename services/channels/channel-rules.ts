// When a channel may sell (售票时段), and whose channel an order is.
import { shanghaiOffsetMs } from '../../clearing/business-day.ts'
import type { Actor } from '../access/permit-rules.ts'

export interface SellingTerms {
  state: 'active' | 'suspended'
  /** Minutes after midnight in Shanghai, half open. */
  opensMinute: number
  closesMinute: number
}

/** Why the channel may not sell now; null when it may. */
export function checkMaySell(channel: SellingTerms, now: Date) {
  if (channel.state !== 'active') return 'channel-suspended'
  const minute = Math.floor((now.getTime() + shanghaiOffsetMs) / 60_000) % 1440
  if (minute < channel.opensMinute || minute >= channel.closesMinute) return 'channel-closed'
  return null
}

/** The coupons that a body asking for places would bring: one for each passenger on each leg, and one for each vehicle. */
export function ticketsAsked(body: unknown): number {
  const { passengers = [], legs = [], vehicles = [], openReturn } = body as Partial<Record<string, unknown[]>>
  const rides = Math.max(1, legs.length) + (openReturn ? 1 : 0)
  return passengers.length * rides + vehicles.length
}

/** The code of the channel a session sells through: passengers buy on our own site, clerks sell at our windows. */
export function channelOf({ role, accountId }: { role: Actor; accountId: string }): string {
  switch (role) {
    case 'channel':
      return accountId
    case 'passenger':
      return 'WEB'
    case 'clerk':
    case 'gate':
    case 'dispatcher':
    case 'station-manager':
    case 'operator':
    case 'participant':
      return 'WINDOW'
  }
}
