// Sample channels of every kind, with invented terms, and the classes of the sample stations (站级): one is known, the others invented.
import { transaction, type Database } from '../../clearing/database.ts'
import { classPlaces, findChannelId, markSample, saveChannel } from './channel-queries.ts'
import type { ChannelTerms } from './channel-schemas.ts'

const allDay = {
  state: 'active',
  opensMinute: 0,
  closesMinute: 1440,
  ticketsPerDay: null,
  refundsFreeQuota: true
} as const
const free = { commissionRate: '0', ticketCharge: 0, creditLimit: 0 } as const

const samples: Record<string, ChannelTerms> = {
  KIOSK: { ...allDay, ...free, name: '示例自助售票机', kind: 'kiosk', creditLimit: 2_000_000 },
  PHONE: {
    ...allDay,
    ...free,
    name: '示例电话订票',
    kind: 'phone',
    opensMinute: 420,
    closesMinute: 1320,
    creditLimit: 500_000
  },
  AGENT: {
    ...allDay,
    name: '示例代售点',
    kind: 'agent',
    opensMinute: 420,
    closesMinute: 1260,
    ticketsPerDay: 500,
    commissionRate: '0.03',
    ticketCharge: 0,
    creditLimit: 1_000_000
  },
  PLATFORM: {
    ...allDay,
    name: '示例网络平台',
    kind: 'platform',
    commissionRate: '0.02',
    ticketCharge: 20,
    creditLimit: 50_000_000
  }
}

/** Safe to repeat; a channel that is there keeps its terms. */
export async function laySampleChannels(sql: Database): Promise<void> {
  await transaction(sql, async (tx) => {
    await classPlaces(tx)
    for (const [code, terms] of Object.entries(samples)) {
      if ((await findChannelId(tx, code)) !== null) continue
      await saveChannel(tx, code, terms)
      await markSample(tx, code)
    }
  })
}
