// Which gateways there are, by name.
import type { Queryable } from '../../clearing/database.ts'
import { cashDrawer } from './cash-drawer.ts'
import { channelCredit } from './channel-credit.ts'
import type { Gateways } from './gateway.ts'
import { simulatedCashier } from './simulated-cashier.ts'

export function openGateways(sql: Queryable): Gateways {
  return { 'simulated-cashier': simulatedCashier(sql), cash: cashDrawer, credit: channelCredit(sql) }
}
