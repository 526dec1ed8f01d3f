// Name, header and trailer of a CD upload (card.md §2.3): whatever is wrong here refuses the whole file with its code.
import { parseDay } from '../business-day.ts'
import { cdHeader, cdTrailer } from './cttic-layouts.ts'
import { binaryFault } from './edge-checks.ts'
import { lineEnd } from './fixed-width.ts'
import type { FileEdges, Frame, FrameFault } from './file-format.ts'
import { parseUploadName } from './file-names.ts'

const headerBytes = cdHeader.width + lineEnd.length

export function openCdFrame(edges: FileEdges): Frame | FrameFault {
  const name = parseUploadName(edges.name)
  if ('fault' in name) return name
  const fault = binaryFault(edges) ?? headerFault(edges, name.organisation)
  if (fault) return fault
  const trailer = findTrailer(edges)
  if ('fault' in trailer) return trailer
  return {
    firstByte: headerBytes,
    endByte: trailer.start,
    firstLine: 2,
    records: edges.lines - 2,
    sender: name.organisation
  }
}

function headerFault({ head }: FileEdges, organisation: string): FrameFault | null {
  if (looksLikeUtf8(head)) return { fault: '010010', detail: 'the text is UTF-8; the interface is written in GBK' }
  if (head.toString('latin1', 0, 7) !== '000    ') return { fault: '010010', detail: 'no header record 000' }
  if (head.toString('latin1', cdHeader.width, headerBytes) !== lineEnd)
    return { fault: '010010', detail: `a header has ${cdHeader.width} characters and ends with CRLF` }
  let header
  try {
    header = cdHeader.read(head)
  } catch (error) {
    return { fault: '010010', detail: (error as Error).message }
  }
  if (header.organisation !== organisation)
    return { fault: '010009', detail: `name says ${organisation}, header says ${header.organisation}` }
  if (header.environment === 'TEST') return { fault: '010006', detail: 'TEST in the header' }
  if (header.environment !== 'PROD') return { fault: '010010', detail: `environment ${header.environment}` }
  if (header.version !== '00000001') return { fault: '010007', detail: `version ${header.version}` }
  if (!parseDay(`20${header.batchDate}`) || !parseDay(`20${header.settlementDate}`))
    return { fault: '010013', detail: 'a date in the header is no day' }
  return null
}

function findTrailer({ tail, size, lines }: FileEdges): { start: number } | FrameFault {
  const end = tail.toString('latin1', tail.length - 2) === lineEnd ? tail.length - 2 : tail.length
  const start = end - cdTrailer.width
  const missing: FrameFault = { fault: '010011', detail: 'the file does not end with a trailer record 001' }
  if (size < headerBytes + cdTrailer.width || start < 0) return missing
  if (tail.toString('latin1', start, start + 7) !== '001    ') return missing
  if (start > 0 && tail[start - 1] !== 10) return missing
  let trailer
  try {
    trailer = cdTrailer.read(tail, start)
  } catch {
    return { fault: '010014', detail: 'the count of the trailer is no number' }
  }
  if (trailer.records !== lines)
    return { fault: '010014', detail: `trailer says ${trailer.records}, file has ${lines}` }
  // No key for file MACs is agreed with anybody; the detached SM2 signature takes that part.
  if (!isUnused(trailer.mac)) return { fault: '010019', detail: 'the trailer carries a MAC nobody agreed a key for' }
  return { start: size - tail.length + start }
}

function isUnused(mac: string): boolean {
  return /^0*$/.test(mac)
}

/**
 * Chinese text in UTF-8 comes in sequences of three bytes; GBK text hardly ever forms such sequences throughout.
 * Pure ASCII is both, and fine.
 */
function looksLikeUtf8(head: Buffer): boolean {
  if (head.every((byte) => byte < 0x80)) return false
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return /[\u0800-\uffff]/.test(text)
  } catch {
    return false
  }
}
