// Every file of the interface, both directions, by the two letters its name begins with: what a file says as plain rows, and the same rows as
// a file. Nothing here decides what becomes of a file; it is what tools, tests and the fuzzer read and write with.
import type { BusinessDay } from '../../business-day.ts'
import { cdDetail, cdHeader, cdTrailer } from '../cttic-layouts.ts'
import {
  readAdFile,
  readCmFile,
  readEdFile,
  writeDisputeFile,
  adRecord,
  cmRecord,
  edRecord
} from '../dispute-layouts.ts'
import type { FileKind } from '../file-names.ts'
import { lineEnd, type Layout } from '../fixed-width.ts'
import {
  bpRecord,
  clRecord,
  crRecord,
  fbRecord,
  ldRecord,
  readResultHeader,
  writeResultHeader
} from '../result-layouts.ts'
import { readListFile, writeListFile } from './list-files.ts'

export type Row = Record<string, unknown>

export interface InterfaceFile {
  kind: FileKind
  /** Who it is for, or from; null for lists, which name nobody. */
  organisation: string | null
  /** Of results alone. */
  clearingDay: BusinessDay | null
  rows: Row[]
}

/** Throws a SyntaxError that says what is wrong. */
export function readFile(kind: FileKind, bytes: Buffer): InterfaceFile {
  switch (kind) {
    case 'CD':
    case 'CQ':
      return readUpload(kind, bytes)
    case 'LD':
    case 'FB':
    case 'CL':
    case 'CR':
    case 'BP':
      return readResult(kind, bytes)
    case 'ED':
      return { kind, clearingDay: null, ...rowsOf(readEdFile(bytes)) }
    case 'CM':
      return { kind, clearingDay: null, ...rowsOf(readCmFile(bytes)) }
    case 'AD':
      return { kind, clearingDay: null, ...rowsOf(readAdFile(bytes)) }
    case 'DC':
    case 'UC':
    case 'BN':
    case 'ER':
      return { kind, organisation: null, clearingDay: null, rows: readListFile(kind, bytes) }
  }
}

/** Throws a RangeError that names the field when a value does not fit. */
export function writeFile(file: InterfaceFile): Buffer {
  const { kind, organisation, clearingDay, rows } = file
  switch (kind) {
    case 'CD':
    case 'CQ':
      return writeUpload(file)
    case 'LD':
    case 'FB':
    case 'CL':
    case 'CR':
    case 'BP': {
      const header = writeResultHeader({
        kind,
        records: rows.length,
        clearingDay: clearingDay!,
        receiver: organisation!
      })
      return Buffer.concat([header, ...rows.map((row) => write(results[kind], row))])
    }
    case 'ED':
    case 'CM':
    case 'AD':
      return writeDisputeFile(
        kind,
        organisation!,
        rows.map((row) => write(disputes[kind], row))
      )
    case 'DC':
    case 'UC':
    case 'BN':
    case 'ER':
      return writeListFile(kind, rows as never)
  }
}

const results = { LD: ldRecord, FB: fbRecord, CL: clRecord, CR: crRecord, BP: bpRecord }
const disputes = { ED: edRecord, CM: cmRecord, AD: adRecord }

function write(layout: { write(value: never): Buffer }, row: Row): Buffer {
  return layout.write(row as never)
}

function rowsOf({ organisation, records }: { organisation: string; records: object[] }) {
  return { organisation, rows: records as Row[] }
}

function readResult(kind: keyof typeof results, bytes: Buffer): InterfaceFile {
  const header = readResultHeader(kind, bytes)
  const layout = results[kind] as Layout<Row>
  const headerWidth = bytes.length - header.records * layout.width
  const day = /^(\d{4})(\d{2})(\d{2})$/.exec(header.clearingDay)!
  return {
    kind,
    organisation: header.receiver,
    clearingDay: `${day[1]}-${day[2]}-${day[3]}` as BusinessDay,
    rows: Array.from({ length: header.records }, (_, index) => {
      const at = headerWidth + index * layout.width
      if (bytes.toString('latin1', at + layout.width - 2, at + layout.width) !== lineEnd)
        throw new SyntaxError(`${kind} record ${index + 1} does not end with CRLF`)
      return layout.read(bytes, at)
    })
  }
}

/** Header, detail lines without their TLV, trailer. Uploads of a night are read by columns (cttic-cd.ts); this is for looking at one. */
function readUpload(kind: 'CD' | 'CQ', bytes: Buffer): InterfaceFile {
  const lines = bytes.toString('latin1').split(lineEnd)
  if (lines.at(-1) === '') lines.pop()
  if (lines.length < 2) throw new SyntaxError(`${kind} has no header and trailer`)
  const header = cdHeader.read(Buffer.from(lines[0]!, 'latin1'))
  const trailer = cdTrailer.read(Buffer.from(lines.at(-1)!, 'latin1'))
  if (!lines[0]!.startsWith('000 ') || !lines.at(-1)!.startsWith('001 '))
    throw new SyntaxError(`${kind} does not begin with 000 and end with 001`)
  if (trailer.records !== lines.length)
    throw new SyntaxError(`${kind} says ${trailer.records} records, has ${lines.length}`)
  const rows = lines.slice(1, -1).map((line, index) => {
    if (line.length < cdDetail.width) throw new SyntaxError(`${kind} line ${index + 2} is too short`)
    return cdDetail.read(Buffer.from(line, 'latin1'))
  })
  return { kind, organisation: header.organisation, clearingDay: null, rows }
}

function writeUpload({ organisation, rows }: InterfaceFile): Buffer {
  const end = Buffer.from(lineEnd)
  const transmitted = rows[0]?.['transmittedAt']
  const day = typeof transmitted === 'string' ? transmitted.slice(0, 4) : '0101'
  const dates = { batchDate: `24${day}`, settlementDate: `24${day}` }
  const header = cdHeader.write({ organisation: organisation!, ...dates, environment: 'PROD', version: '00000001' })
  const trailer = cdTrailer.write({ records: rows.length + 2, macKey: '', mac: '' })
  return Buffer.concat([header, end, ...rows.flatMap((row) => [write(cdDetail, row), end]), trailer, end])
}
