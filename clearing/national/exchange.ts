// One round with the national centre: hand over what is due, fetch what they have for us, take it in, and go after what is not one. Broken
// off anywhere it is begun again; what was fetched lies in a folder until it is taken in.
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { addDays, calendarDay, type BusinessDay } from '../business-day.ts'
import type { ClearingContext } from '../context.ts'
import { transaction, type Queryable } from '../database.ts'
import { fen, type Fen } from '../money.ts'
import { findNationalCentre } from '../participants/participant-queries.ts'
import {
  chaseDifferences,
  insertDifferences,
  listUnanswered,
  settleResolved,
  sumAccount,
  type AccountSides,
  type OpenDifference
} from './difference-queries.ts'
import { forwardDay, sendForwardings } from './forward-day.ts'
import type { NationalCentre } from './national-centre.ts'
import { listDaysToForward, listResultNames } from './national-queries.ts'
import { answerDays, chaseAgainHours, unexplained } from './national-rules.ts'
import { returnRejectedLines } from './return-lines.ts'
import { resultOrder, takeResult } from './take-results.ts'

/** Of their days, today's and so many before. */
const daysAsked = 4
const dayMs = 86_400_000

export interface Exchanged {
  sent: number
  taken: number
  returned: number
  /** Who must be asked now. */
  chased: OpenDifference[]
}

export async function exchangeWithNationalCentre(
  context: ClearingContext,
  centre: NationalCentre,
  now: Date
): Promise<Exchanged> {
  for (const day of await listDaysToForward(context.sql)) await forwardDay(context, day, now)
  const sent = await sendForwardings(context, centre, now)
  await fetchResults(context, centre, calendarDay(now))
  const taken = await takeFetched(context, now)
  const returned = await returnRejectedLines(context, now)
  return { sent, taken, returned, chased: await chase(context, now) }
}

async function fetchResults(
  { sql, folders }: ClearingContext,
  centre: NationalCentre,
  today: BusinessDay
): Promise<void> {
  const waiting = await openWaiting(folders.inbox)
  const known = await listResultNames(sql)
  for (const name of await readdir(waiting)) known.add(name)
  for (const name of await readdir(folders.quarantine)) known.add(name)
  for (let back = 0; back < daysAsked; back++)
    await centre.fetch(
      addDays(today, -back),
      (name) => !known.has(name),
      async (path, name) => {
        await rename(path, join(waiting, name))
        known.add(name)
      }
    )
}

async function openWaiting(inbox: string): Promise<string> {
  const folder = join(inbox, '.national')
  await mkdir(folder, { recursive: true })
  return folder
}

/** What cannot be read goes to quarantine, and is theirs to send again under another name. */
async function takeFetched(context: ClearingContext, now: Date): Promise<number> {
  const waiting = await openWaiting(context.folders.inbox)
  const names = (await readdir(waiting)).toSorted(inOrder)
  let taken = 0
  for (const name of names) {
    const path = join(waiting, name)
    try {
      await takeResult(context, { path, name }, now)
      await rm(path)
      taken++
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      const detail = error.message.slice(0, 200)
      const unreadable = { kind: 'their-line-rejected', reference: name, amount: fen(0), detail } as const
      await transaction(context.sql, async (tx) => await insertDifferences(tx, [unreadable], now))
      await rename(path, join(context.folders.quarantine, name))
    }
  }
  return taken
}

/** Day by day, and within a day files, lines, sums. */
function inOrder(a: string, b: string): number {
  const place = (name: string) => `${name.slice(2, 8)}${resultOrder.indexOf(name.slice(0, 2))}${name}`
  return place(a) < place(b) ? -1 : 1
}

async function chase({ sql }: ClearingContext, now: Date): Promise<OpenDifference[]> {
  const due = new Date(now.getTime() - answerDays * dayMs)
  return await transaction(sql, async (tx) => {
    const silent = await listUnanswered(tx, due)
    const differences = silent.map(
      ({ name, lines, amount }) => ({ kind: 'unanswered', reference: name, amount, detail: `${lines}` }) as const
    )
    await insertDifferences(tx, differences, now)
    await settleResolved(tx, now)
    return await chaseDifferences(tx, { now, before: new Date(now.getTime() - chaseAgainHours * 3_600_000) })
  })
}

export interface Reconciliation extends Omit<AccountSides, 'days'> {
  unexplained: Fen
}

/** Our account for them against theirs for us; null where there is no upper level. */
export async function reconcileAccount(sql: Queryable): Promise<Reconciliation | null> {
  const centre = await findNationalCentre(sql)
  if (!centre) return null
  const { days, ...sides } = await sumAccount(sql, centre.id)
  return { ...sides, unexplained: unexplained(sides, days) }
}
