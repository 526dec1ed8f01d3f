// Makes one piece of a day that is being published: claimed in SQL, made, and written down as made, in one transaction. Whoever dies
// at it leaves it to the next; whoever repeats it writes the same bytes to the same places.
import { createReadStream } from 'node:fs'
import { mkdir, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { equalConstantTime } from '../../../card-crypto/bytes.ts'
import { sm3Hasher } from '../../../card-crypto/sm3.ts'
import type { BusinessDay } from '../../business-day.ts'
import type { ClearingContext } from '../../context.ts'
import { transaction, type Transaction } from '../../database.ts'
import { refuse } from '../../refusals.ts'
import type { DayPlan } from '../day-plan.ts'
import { listPublished } from '../statement-queries.ts'
import { statementKey } from '../statement-schemas.ts'
import { makeLines } from './make-lines.ts'
import { makeSmallFiles } from './make-small-files.ts'
import { claimPiece, finishPiece, insertTables, listFilesMade, listLinesMade } from './piece-queries.ts'
import { assertSettled, rejectsOf } from './piece-rules.ts'
import { readFileRow, writeFileRow, type LargeWork, type Piece, type SignedFile } from './piece-schemas.ts'

export interface PieceOrder {
  plan: DayPlan
  /** Any that can be made now when it is not given. */
  number?: number
  report?: (bytesDone: number) => void
}

/** Where the files of a day are while they are being made; the watch over published files passes over names with a dot. */
export function workshopOf({ folders }: Pick<ClearingContext, 'folders'>, day: BusinessDay): string {
  return join(folders.published, `.making-${day}`)
}

/** False when there was nothing to do: others are at what is left, or nothing is. */
export async function makePiece(context: ClearingContext, order: PieceOrder): Promise<boolean> {
  const { day } = order.plan.settlement
  return await transaction(context.sql, async (tx) => {
    const piece = await claimPiece(tx, day, order.number ?? null)
    if (!piece) return false
    const folder = workshopOf(context, day)
    await mkdir(folder, { recursive: true })
    await make(context, tx, piece, { ...order, folder })
    return true
  })
}

type Making = PieceOrder & { folder: string }

async function make(context: ClearingContext, tx: Transaction, piece: Piece, making: Making): Promise<void> {
  switch (piece.stage) {
    case 1: {
      const { folder, plan, report } = making
      const result = await makeLines(context, plan, {
        work: piece.work,
        folder,
        safely: true,
        ...(report && { report })
      })
      await finishPiece(tx, piece, result)
      return await insertTables(tx, piece.day, result.tables)
    }
    case 2:
      return await finishPiece(tx, piece, writeFileRow(await signLarge(context, making, piece.work)))
    case 3:
      return await finishPiece(tx, piece, (await makeSmall(context, making, piece.work.participant)).map(writeFileRow))
  }
}

/** Read once: what is digested is what is signed. */
async function signLarge(context: ClearingContext, { plan, folder }: Making, work: LargeWork): Promise<SignedFile> {
  const path = join(folder, work.title.name)
  const known = await signaturesOf(context, plan)
  const hasher = sm3Hasher()
  const watch = (piece: Uint8Array): void => void hasher.update(piece)
  let signature = known.get(work.title.name)?.signature
  if (signature) for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) watch(piece as Buffer)
  else signature = await context.keys.signFile(statementKey, path, watch)
  const file = { ...work.title, size: (await stat(path)).size, lines: work.lines, digest: hasher.digest() }
  return sameAsKnown({ ...file, signature }, known, plan)
}

async function makeSmall(
  context: ClearingContext,
  { plan, folder }: Making,
  participant: number
): Promise<SignedFile[]> {
  const { sql, keys } = context
  const { day } = plan.settlement
  const results = await listLinesMade(sql, day)
  assertSettled(results, plan.settlement.totals)
  const large = (await listFilesMade(sql, day)).filter((file) => file.participant === participant).map(readFileRow)
  const known = await signaturesOf(context, plan)
  const made = await makeSmallFiles(plan, participant, {
    folder,
    large,
    rejects: rejectsOf(results, participant)
  })
  const signed: SignedFile[] = []
  for (const file of made) {
    const path = join(folder, file.name)
    await sync(path)
    const signature = known.get(file.name)?.signature ?? (await keys.signFile(statementKey, path))
    signed.push(sameAsKnown({ ...file, signature }, known, plan))
  }
  return signed
}

type Known = ReadonlyMap<string, Pick<SignedFile, 'digest' | 'signature'>>

/** Files published before keep their signatures: an SM2 signature is never the same twice. */
async function signaturesOf({ sql }: ClearingContext, { settlement }: DayPlan): Promise<Known> {
  return new Map((await listPublished(sql, settlement.day)).map((file) => [file.name, file]))
}

/** And they must come out the same. */
function sameAsKnown(file: SignedFile, known: Known, { settlement }: DayPlan): SignedFile {
  const before = known.get(file.name)
  if (before && !equalConstantTime(before.digest, file.digest))
    throw refuse('statement-bytes-differ', { day: settlement.day, name: file.name })
  return file
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
