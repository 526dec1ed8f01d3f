// An XLSX workbook of plain tables, written without compression and without a clock: the same tables are the same bytes everywhere.
import { storedZip } from './stored-zip.ts'

/** Text, a whole number, or a decimal number that must not pass through floating point. */
export type Cell = string | number | { decimal: string; places: 0 | 2 | 7 }

export interface Sheet {
  name: string
  /** In characters. */
  widths: readonly number[]
  headings: readonly string[]
  rows: readonly (readonly Cell[])[]
}

/** Styles of the sheet below: 0 plain, 1 heading, then numbers by their decimal places. */
const styleOf = { 0: 2, 2: 3, 7: 4 } as const

export function writeWorkbook(sheets: readonly Sheet[]): Buffer {
  const parts = sheets.map((_, index) => `xl/worksheets/sheet${index + 1}.xml`)
  return storedZip([
    ['[Content_Types].xml', contentTypes(parts)],
    ['_rels/.rels', relations([['officeDocument', 'xl/workbook.xml']])],
    ['xl/workbook.xml', workbook(sheets)],
    [
      'xl/_rels/workbook.xml.rels',
      relations([...parts.map((part) => ['worksheet', part.slice(3)] as const), ['styles', 'styles.xml'] as const])
    ],
    ['xl/styles.xml', styles],
    ...sheets.map((sheet, index) => [parts[index]!, worksheet(sheet)] as const)
  ])
}

const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packaged = 'http://schemas.openxmlformats.org/package/2006'

function contentTypes(parts: readonly string[]): string {
  const spreadsheet = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
  const sheets = parts.map((part) => `<Override PartName="/${part}" ContentType="${spreadsheet}.worksheet+xml"/>`)
  return `${head}<Types xmlns="${packaged}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${spreadsheet}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${spreadsheet}.styles+xml"/>${sheets.join('')}</Types>`
}

function relations(targets: readonly (readonly [kind: string, target: string])[]): string {
  const each = targets.map(
    ([kind, target], index) => `<Relationship Id="rId${index + 1}" Type="${office}/${kind}" Target="${target}"/>`
  )
  return `${head}<Relationships xmlns="${packaged}/relationships">${each.join('')}</Relationships>`
}

function workbook(sheets: readonly Sheet[]): string {
  const each = sheets.map(
    ({ name }, index) => `<sheet name="${escape(name)}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`
  )
  return `${head}<workbook xmlns="${main}" xmlns:r="${office}"><sheets>${each.join('')}</sheets></workbook>`
}

const styles = `${head}<styleSheet xmlns="${main}"><numFmts count="1"><numFmt numFmtId="164" formatCode="#,##0.#######"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Noto Sans SC"/></font><font><b/><sz val="11"/><name val="Noto Sans SC"/></font></fonts><fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFEAF1EF"/></patternFill></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="5"><xf/><xf fontId="1" fillId="2" applyFont="1" applyFill="1" applyAlignment="1"><alignment wrapText="1" vertical="top"/></xf><xf numFmtId="3" applyNumberFormat="1"/><xf numFmtId="4" applyNumberFormat="1"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`

function worksheet({ widths, headings, rows }: Sheet): string {
  const columns = widths.map(
    (width, index) => `<col min="${index + 1}" max="${index + 1}" width="${width}" customWidth="1"/>`
  )
  const lines = [headings.map((text) => ({ text })), ...rows]
  const data = lines.map(
    (cells, row) => `<row r="${row + 1}">${cells.map((cell, column) => cellXml(cell, column, row)).join('')}</row>`
  )
  return `${head}<worksheet xmlns="${main}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${columns.join('')}</cols><sheetData>${data.join('')}</sheetData></worksheet>`
}

function cellXml(cell: Cell | { text: string }, column: number, row: number): string {
  const place = `${columnName(column)}${row + 1}`
  if (typeof cell === 'number') return `<c r="${place}" s="${styleOf[0]}"><v>${cell}</v></c>`
  if (typeof cell === 'object' && 'decimal' in cell)
    return `<c r="${place}" s="${styleOf[cell.places]}"><v>${cell.decimal}</v></c>`
  const [text, style] = typeof cell === 'string' ? [cell, ''] : [cell.text, ' s="1"']
  return `<c r="${place}"${style} t="inlineStr"><is><t xml:space="preserve">${escape(text)}</t></is></c>`
}

function columnName(column: number): string {
  const last = String.fromCharCode(65 + (column % 26))
  return column < 26 ? last : columnName(Math.floor(column / 26) - 1) + last
}

function escape(text: string): string {
  const xml = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
  // oxlint-disable-next-line no-control-regex -- XML has no way to write these at all.
  return xml.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '�')
}
