// From the serial of a day's results (清分流水号) back to FILE:LINE.
import { serialsBefore } from '../statements/statement-rules.ts'

/** Null when no line of the day has it. */
export function transactionOfSerial(
  files: readonly { id: number; lineCount: number }[],
  serial: number
): string | null {
  const before = serialsBefore(files)
  const file = files.findLast((each) => before.get(each.id)! < serial)
  if (!file) return null
  const line = serial - before.get(file.id)!
  return line <= file.lineCount + 2 ? `${file.id}:${line}` : null
}
