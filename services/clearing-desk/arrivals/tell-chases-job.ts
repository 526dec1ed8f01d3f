// Tells participants what they are asked for (a file that is missing, a gap in numbers or counters) through the notice port, once for each of
// their contacts; what the provider does not take now is tried again.
import { chaseGaps } from '../../../clearing/arrivals/chase-gaps.ts'
import {
  hasUntold,
  listDaysToLookOver,
  listUntold,
  markTold,
  writeMessages,
  type ChaseMessage
} from '../../../clearing/arrivals/gap-queries.ts'
import type { BusinessDay } from '../../../clearing/business-day.ts'
import { transaction, type Database } from '../../../clearing/database.ts'
import type { Job } from '../../jobs/worker-rounds.ts'
import type { Messenger, MessageOutcome } from '../../station/notices/messenger.ts'
import { simulatedMessenger } from '../../station/notices/simulated-messenger.ts'

const againMs = 60_000

export const chaseGapsJob: Job = {
  name: 'chase-gaps',
  due: async ({ sql }) => await listDaysToLookOver(sql),
  perform: async ({ sql }, day, now) => void (await chaseGaps({ sql }, day as BusinessDay, now))
}

export const tellChasesJob: Job = {
  name: 'tell-chases',
  due: async ({ sql }, now) => ((await hasUntold(sql, now, earlier(now))) ? ['all'] : []),
  perform: async ({ sql }, _id, now) => void (await tellChases({ sql, messenger: simulatedMessenger(sql) }, now))
}

/** Returns how many were tried. */
export async function tellChases(
  { sql, messenger }: { sql: Database; messenger: Messenger },
  now: Date
): Promise<number> {
  await transaction(sql, async (tx) => await writeMessages(tx, now))
  const untold = await listUntold(sql, earlier(now))
  if (untold.length === 0) return 0
  const messages = untold.map((each) => ({
    key: each.id,
    means: each.means,
    address: each.address,
    text: wordsOf(each)
  }))
  const outcomes = await messenger.send(messages, now).catch(() => messages.map((): MessageOutcome => 'later'))
  const told = untold.map(({ id }, nth) => ({ id, outcome: outcomes[nth] === 'later' ? null : outcomes[nth]! }))
  await transaction(sql, async (tx) => await markTold(tx, told as Parameters<typeof markTold>[1], now))
  return untold.length
}

function wordsOf({ kind, name, day, detail }: ChaseMessage): string {
  const what = {
    missing: `清算日 ${day} 的交易文件尚未收到，请尽快补传`,
    numbers: `清算日 ${day} 的文件序号有缺口：${detail}，请核实并补传`,
    counters: `清算日 ${day} 的终端交易序号有缺口：${detail}，请核实是否漏采`
  }[kind]
  return `【广东清分】${name}：${what}。`
}

function earlier(now: Date): Date {
  return new Date(now.getTime() - againMs)
}
