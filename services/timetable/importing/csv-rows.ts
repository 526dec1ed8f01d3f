// Rows of a CSV file (RFC 4180, UTF-8 with or without a byte order mark) as a stream: one row at a time, each with the physical line it
// begins at. A row that cannot be read is handed on as such; the reading goes on after it.

export interface CsvRow {
  /** The physical line the row begins at, the header being line 1. */
  line: number
  cells: string[]
  /** Why the cells cannot be relied upon; null when they can. */
  fault: 'row-too-long' | 'not-utf-8' | 'quote-unclosed' | null
}

const rowLengthMax = 32_768

export async function* csvRows(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<CsvRow> {
  const decoder = new TextDecoder('utf-8')
  let rest = ''
  let line = 1
  const rowsOf = function* (text: string, last: boolean): Generator<CsvRow> {
    rest += text
    for (;;) {
      const end = endOfRow(rest, last)
      if (end === null) return
      const raw = rest.slice(0, end.at)
      const row = readRow(raw, line, end.fault)
      rest = rest.slice(end.next)
      line += 1 + newlinesIn(raw)
      if (row.fault !== null || row.cells.length > 1 || row.cells[0]!.trim() !== '') yield row
    }
  }
  for await (const piece of bytes) yield* rowsOf(decoder.decode(piece, { stream: true }), false)
  yield* rowsOf(decoder.decode(), true)
}

interface RowEnd {
  at: number
  next: number
  fault: CsvRow['fault']
}

/** Where the first row of the text ends; null when more text is needed to tell, or there is none. */
function endOfRow(text: string, last: boolean): RowEnd | null {
  let from = 0
  for (;;) {
    const newline = text.indexOf('\n', from)
    if (newline === -1) break
    if (newline > rowLengthMax) return tooLong(text)
    if (!isInsideQuotes(text, newline)) return { at: newline, next: newline + 1, fault: null }
    from = newline + 1
  }
  if (text.length > rowLengthMax) return tooLong(text)
  if (!last || text === '') return null
  if (!isInsideQuotes(text, text.length)) return { at: text.length, next: text.length, fault: null }
  return firstLine(text, 'quote-unclosed')
}

/** An endless row gives up at its first line, so that what follows is read again as rows. */
function tooLong(text: string): RowEnd | null {
  return isInsideQuotes(text, text.length) ? firstLine(text, 'quote-unclosed') : firstLine(text, 'row-too-long')
}

function firstLine(text: string, fault: CsvRow['fault']): RowEnd {
  const newline = text.indexOf('\n')
  return newline === -1 ? { at: text.length, next: text.length, fault } : { at: newline, next: newline + 1, fault }
}

function isInsideQuotes(text: string, end: number): boolean {
  const row = text.slice(0, end)
  return row.includes('"') && row.split('"').length % 2 === 0
}

function newlinesIn(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++
  return count
}

function readRow(raw: string, line: number, fault: CsvRow['fault']): CsvRow {
  const text = raw.endsWith('\r') ? raw.slice(0, -1) : raw
  if (fault !== null) return { line, cells: [], fault }
  return { line, cells: cellsOf(text), fault: text.includes('\ufffd') ? 'not-utf-8' : null }
}

function cellsOf(text: string): string[] {
  if (!text.includes('"')) return text.split(',').map((cell) => cell.trim())
  const cells: string[] = []
  const cell = /(?:^|,)(?:\s*"((?:[^"]|"")*)"\s*|([^,]*))/gy
  for (let found = cell.exec(text); found; found = cell.exec(text)) {
    cells.push((found[1]?.replaceAll('""', '"') ?? found[2] ?? '').trim())
    if (cell.lastIndex >= text.length) break
  }
  return cells
}
