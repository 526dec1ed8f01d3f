// Which gateways there are, by name.
import type { Queryable } from '../../clearing/database.ts'
import { cashDrawer } from './cash-drawer.ts'
import { channelCredit } from './channel-credit.ts'
import type { Gateways } from './gateway.ts'
import { simulatedCashier } from './simulated-cashier.ts'
import { unreliable } from './unreliable-gateway.ts'

/** Of a hundred calls to pay back at the cashier `faultsPercent` fail. */
export function openGateways(sql: Queryable, faultsPercent = 0): Gateways {
  const cashier = simulatedCashier(sql)
  return {
    'simulated-cashier': faultsPercent > 0 ? unreliable(cashier, faultsPercent) : cashier,
    cash: cashDrawer,
    credit: channelCredit(sql)
  }
}
