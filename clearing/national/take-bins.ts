// The BIN table of the national centre (BN): a full list of other provinces' cards, from the day in its name on. What it no longer names ends
// the day before; what it names anew begins. Our own province's BINs are ours to keep.
import { addDays, type BusinessDay } from '../business-day.ts'
import type { Transaction } from '../database.ts'
import { findNationalCentre, insertMissingParticipants, settleThrough } from '../participants/participant-queries.ts'
import { endForeignBins, insertForeignBins, listUnknown } from './national-queries.ts'

export async function takeBins(
  tx: Transaction,
  rows: readonly { issuer: string; bin: string }[],
  from: BusinessDay
): Promise<void> {
  const centre = await findNationalCentre(tx)
  if (!centre) return
  const codes = [...new Set(rows.map((row) => row.issuer))].filter((code) => /^0\d{7}$/.test(code))
  const unknown = await listUnknown(tx, codes)
  await insertMissingParticipants(
    tx,
    unknown.map((code) => ({
      code,
      name: `跨省发卡机构（${code}）`,
      role: 'issuer',
      company: code.slice(1, 4),
      cityCode: code.slice(4),
      fileProfile: 'cttic',
      sample: false
    }))
  )
  await settleThrough(tx, unknown, centre.id)
  await endForeignBins(
    tx,
    rows.map((row) => row.bin),
    addDays(from, -1)
  )
  await insertForeignBins(tx, rows, from)
}
