// The lists of the interface (card.md §2.9): DC the hotlist the centre hands out, UC the one an issuer sends in (each a full replacement),
// BN the BINs, ER the error codes. One record layout each, read and written by the same table.
import { lineEnd } from '../fixed-width.ts'
import { binRecord, errorRecord, hotlistRecord, listHeader, writeListHeader } from '../result-layouts.ts'

const layouts = { DC: hotlistRecord, UC: hotlistRecord, BN: binRecord, ER: errorRecord }
export type ListKind = keyof typeof layouts

export type ListRow<Kind extends ListKind> = ReturnType<(typeof layouts)[Kind]['read']>

/** The count field has six digits. */
export const listRecordsMax = 999_999

export function writeListFile<Kind extends ListKind>(kind: Kind, rows: readonly ListRow<Kind>[]): Buffer {
  const layout: { write(row: never): Buffer } = layouts[kind]
  return Buffer.concat([writeListHeader(rows.length), ...rows.map((row) => layout.write(row as never))])
}

/** Throws a SyntaxError that says what is wrong. */
export function readListFile<Kind extends ListKind>(kind: Kind, bytes: Buffer): ListRow<Kind>[] {
  const layout = layouts[kind]
  const header = listHeader.read(bytes)
  if (header.version !== '01') throw new SyntaxError(`${kind} version ${header.version}`)
  if (bytes.length !== listHeader.width + header.records * layout.width)
    throw new SyntaxError(`${kind} of ${bytes.length} bytes does not hold ${header.records} records`)
  return Array.from({ length: header.records }, (_, index) => {
    const at = listHeader.width + index * layout.width
    if (bytes.toString('latin1', at + layout.width - 2, at + layout.width) !== lineEnd)
      throw new SyntaxError(`${kind} record ${index + 1} does not end with CRLF`)
    return layout.read(bytes, at) as ListRow<Kind>
  })
}
