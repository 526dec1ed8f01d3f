// A security module is registered, moved, reported lost and found: each step by one person, at once, and written down. From the report of
// its loss on, what its terminal sends of the time after is held back from settlement.
import { transaction, type Database, type Transaction } from '../../clearing/database.ts'
import { refuse } from '../refusals.ts'
import { endLoss, insertLoss, insertSam, lockSam, stepSam } from './sam-queries.ts'
import { canMove, type SamState } from './sam-rules.ts'
import type { SamEntry, SamFinding, SamLoss, SamMove } from './sam-schemas.ts'

export interface SamActor {
  number: string
  actor: string
}

/** Registering the same again changes nothing. Throws sam-step-unfit where the number has another form than its kind. */
export async function registerSam(
  sql: Database,
  { number, actor }: SamActor,
  entry: SamEntry,
  now: Date
): Promise<void> {
  if (entry.kind !== 'mother-card' && !/^\d{12}$/.test(number)) throw refuse('sam-step-unfit', { number })
  await transaction(sql, async (tx) => {
    if (!(await insertSam(tx, number, entry, now))) return
    await stepSam(tx, number, { state: 'in-stock', holder: null, place: null, words: '', actor }, now)
  })
}

export async function moveSam(sql: Database, { number, actor }: SamActor, move: SamMove, now: Date): Promise<void> {
  await transaction(sql, async (tx) => {
    const state = await requireSam(tx, number)
    if (!canMove(state, move.state)) throw refuse('sam-step-unfit', { state })
    await stepSam(tx, number, { ...move, actor }, now)
  })
}

export async function reportLoss(sql: Database, { number, actor }: SamActor, loss: SamLoss, now: Date): Promise<void> {
  await transaction(sql, async (tx) => {
    const state = await requireSam(tx, number)
    const lostSince = new Date(loss.lostSince)
    if (state === 'lost' || state === 'destroyed' || lostSince > now) throw refuse('sam-step-unfit', { state })
    await insertLoss(tx, number, { lostSince, actor }, now)
    await stepSam(tx, number, { state: 'lost', holder: null, place: null, words: loss.words, actor }, now)
  })
}

/** Lines held back stay so: their sender brings them again, or they are adjusted. */
export async function findSamAgain(
  sql: Database,
  { number, actor }: SamActor,
  { place, words }: SamFinding,
  now: Date
): Promise<void> {
  await transaction(sql, async (tx) => {
    const state = await requireSam(tx, number)
    if (state !== 'lost') throw refuse('sam-step-unfit', { state })
    await endLoss(tx, number, actor, now)
    await stepSam(tx, number, { state: 'in-stock', holder: null, place, words, actor }, now)
  })
}

async function requireSam(tx: Transaction, number: string): Promise<SamState> {
  const sam = await lockSam(tx, number)
  if (!sam) throw refuse('sam-not-found', { number })
  return sam.state
}
