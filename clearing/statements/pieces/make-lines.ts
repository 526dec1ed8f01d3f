// Makes what the lines of some source files go into, in one streaming pass over the archive: FB of their sender, CL of every issuer,
// CSV where the source is no interface file. Other processes write the other stretches of the same files.
import { clRecord, fbRecord } from '../../card-files/result-layouts.ts'
import type { ClearingContext } from '../../context.ts'
import { loadParticipantLookup } from '../../participants/participant-queries.ts'
import { archivedLines } from '../archived-lines.ts'
import { DayBooks } from '../day-books.ts'
import type { DayPlan } from '../day-plan.ts'
import { transactionHeading } from '../statement-csv.ts'
import { ResultSeries, StatementFile } from '../statement-file.ts'
import { serialsBefore, titleOf } from '../statement-rules.ts'
import type { LinesResult, LinesWork, SeriesPlace } from './piece-schemas.ts'

export interface LinesOrder {
  work: LinesWork
  /** Where the files are made. */
  folder: string
  /** Whether what was written must be on disk when this is done. */
  safely: boolean
  report?: (bytesDone: number) => void
}

export async function makeLines(
  context: Pick<ClearingContext, 'sql' | 'folders'>,
  plan: DayPlan,
  { work, folder, safely, report }: LinesOrder
): Promise<LinesResult> {
  const large = openLargeFiles(plan, work, folder)
  const books = new DayBooks(large, plan)
  try {
    const serials = serialsBefore(plan.files)
    const lookup = await loadParticipantLookup(context.sql, plan.settlement.day)
    let done = 0
    for (const file of plan.files.filter(({ id }) => work.files.includes(id))) {
      for await (const lines of archivedLines(context, file, lookup)) {
        books.enter(file, lines, serials.get(file.id)!)
        await large.flush()
        report?.(done + lines.byteFrom + lines.bytes.length)
      }
      done += file.size
    }
    const tables = await large.finish(safely)
    return { ...books.tallies(), tables: tables.map(({ title, lines }) => ({ title, lines })) }
  } finally {
    await large.close()
  }
}

interface LargeFiles {
  feedback: ReadonlyMap<number, ResultSeries>
  clearing: ReadonlyMap<number, ResultSeries>
  transactions(participant: number): StatementFile
  flush(): Promise<void>
  /** Answers the tables. */
  finish(safely: boolean): Promise<StatementFile[]>
  close(): Promise<void>
}

/** Records have their places; tables open as lines come. */
function openLargeFiles(plan: DayPlan, work: LinesWork, folder: string): LargeFiles {
  const feedback = openSeries(plan, work, { kind: 'FB', width: fbRecord.width, folder })
  const clearing = openSeries(plan, work, { kind: 'CL', width: clRecord.width, folder })
  const tables = new Map<number, StatementFile>()
  const series = [...feedback.values(), ...clearing.values()]
  return {
    feedback,
    clearing,
    transactions(participant) {
      let file = tables.get(participant)
      if (file) return file
      const title = titleOf('transactions', plan.participantOf(participant), plan.numberOf(participant))
      tables.set(participant, (file = new StatementFile(folder, title)))
      file.append(transactionHeading)
      return file
    },
    async flush() {
      for (const each of [...series, ...tables.values()]) await each.flush()
    },
    async finish(safely) {
      // Side by side, so that the disk may write them in one go.
      await Promise.all([...series, ...tables.values()].map(async (each) => await each.finish(safely)))
      return [...tables.values()]
    },
    async close() {
      for (const each of [...series, ...tables.values()]) await each.close()
    }
  }
}

function openSeries(
  plan: DayPlan,
  { series }: LinesWork,
  { kind, width, folder }: { kind: SeriesPlace['kind']; width: number; folder: string }
): Map<number, ResultSeries> {
  const places = series.filter((place) => place.kind === kind)
  return new Map(
    places.map((place) => {
      const member = plan.participantOf(place.participant)
      const number = plan.numberOf(place.participant)
      const result = { kind, clearingDay: plan.settlement.day, receiver: member.code }
      const titled = (part: number) => titleOf(kind, member, number, part)
      return [place.participant, new ResultSeries({ folder, result, width, titleOf: titled }, place)]
    })
  )
}
