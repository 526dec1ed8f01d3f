// Lays the sample province once: the participants, the stations, ports, lines and departures, and two cleared card days.
// How far it is stands in SQL, where /healthz reads it; killed half way, the next start goes on.
import { join } from 'node:path'
import { calendarDay } from '../../../clearing/business-day.ts'
import { seedNationalCentre } from '../../../clearing/national/seed-national-centre.ts'
import { seedParticipants } from '../../../clearing/participants/seed-participants.ts'
import { transaction, type Database } from '../../../clearing/database.ts'
import { findParticipant } from '../../../clearing/participants/participant-queries.ts'
import { findProgress, startProgress } from '../../../clearing/progress-queries.ts'
import { seedDiscounts } from '../../../clearing/rating/discounts/seed-discounts.ts'
import { laySampleChannels } from '../../channels/sample-channels.ts'
import { findSampleAccount } from '../../access/access-queries.ts'
import { bindAccount } from '../../clearing-desk/portal/portal-queries.ts'
import { sampleProvinceWork } from '../../health-routes.ts'
import type { Parts } from '../../parts.ts'
import { laySampleCards } from './sample-cards.ts'
import { laySampleFlow } from './sample-flow.ts'
import { laySamplePayments } from './sample-payments.ts'
import { clearSampleDays, simulatedCentreFolder } from './sample-days.ts'
import { layRegister } from './sample-register.ts'
import { layStationDay } from './sample-station-day.ts'
import { seedProvince } from './seed-province.ts'

/** Steps told while it is laid, one per file of the fabricated day included; only for the percentage. */
const stepsAbout = 15

/** The portal's sample account is of an operator that sends card files every day. */
async function bindSamplePortal(sql: Database): Promise<void> {
  const account = await findSampleAccount(sql, 'participant')
  const participant = await findParticipant(sql, portalParticipant)
  if (account && participant) await transaction(sql, async (tx) => await bindAccount(tx, account.id, participant.id))
}

const portalParticipant = '12205810'

export async function laySampleProvince(
  { sql, keys, context, config, clock }: Pick<Parts, 'sql' | 'keys' | 'context' | 'config' | 'clock'>,
  say: (line: string) => void
): Promise<void> {
  if ((await findProgress(sql, sampleProvinceWork))?.state === 'done') return
  const now = clock()
  const progress = await startProgress(sql, sampleProvinceWork, stepsAbout)
  let step = 0
  const tell = (stage: string): void => {
    say(stage)
    progress.at(stage, Math.min(step++, stepsAbout))
  }
  try {
    tell('机构、卡 BIN、协议 Participants, BINs, agreements')
    await seedParticipants(sql)
    await seedDiscounts(sql)
    await seedNationalCentre(sql)
    await bindSamplePortal(sql)
    tell('车站、港口、线路、班次 Stations, ports, lines, departures')
    const departures = await seedProvince(sql, calendarDay(now))
    await laySampleChannels(sql)
    await transaction(sql, async (tx) => await layRegister(tx, calendarDay(now)))
    tell('车站的一天 The station’s day')
    await layStationDay({ sql, keys }, now)
    tell('卡库存与代理点 Cards in stock, a load agent')
    await laySampleCards({ sql, keys, config }, now)
    tell(`班次 ${departures} 个 ${departures} departures`)
    await laySampleFlow(sql)
    const workshop = join(config.dataFolder, 'sample')
    const centreFolder = join(config.dataFolder, simulatedCentreFolder)
    const days = { workshop, centreFolder, transactions: config.sampleTransactions, tell }
    await clearSampleDays(context, days, now)
    tell('银行、备付金 The bank, reserves')
    await laySamplePayments(sql, now)
    await progress.end('done')
  } catch (error) {
    await progress.end('failed', String(error))
    throw error
  }
}
