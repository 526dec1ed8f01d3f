// The 33-character name of a clearing file (card.md §2.2): type, day, time, organisation, sequence, version.
import { compactDay, parseDay, type BusinessDay } from '../business-day.ts'
import type { ErrorCode } from './error-codes.ts'

/** 14 types; the letters are the interface's own. */
export const fileKinds = ['CD', 'CQ', 'LD', 'CL', 'FB', 'CR', 'BP', 'AD', 'ED', 'CM', 'DC', 'UC', 'BN', 'ER'] as const
export type FileKind = (typeof fileKinds)[number]

export interface FileName {
  kind: FileKind
  day: BusinessDay
  /** hhmmss; 000000 for daily results. */
  time: string
  /** 8-digit code: the sender of an upload, the receiver of a result. */
  organisation: string
  sequence: number
  /** A for ordinary files, H for disputes. */
  version: string
}

export interface NameFault {
  fault: ErrorCode
  detail: string
}

const shape = /^([A-Z]{2})(\d{6})(\d{2})(\d{2})(\d{2})(\d{8})(\d{10})([A-Z])$/

export function buildFileName(name: FileName): string {
  const built = `${name.kind}${compactDay(name.day).slice(2)}${name.time}${name.organisation}${String(name.sequence).padStart(10, '0')}${name.version}`
  if (!shape.test(built)) throw new RangeError(`'${built}' is no clearing file name`)
  return built
}

export function parseFileName(name: string): FileName | NameFault {
  const match = shape.exec(name)
  if (!match) return { fault: '010001', detail: '33 characters: type, YYMMDD, hhmmss, organisation, sequence, version' }
  const [, kind, date, hour, minute, second, organisation, sequence, version] = match as unknown as string[]
  const day = parseDay(`20${date}`)
  if (day === null) return { fault: '010001', detail: `${date} is no day` }
  if (hour! > '23' || minute! > '59' || second! > '59') return { fault: '010001', detail: 'no time of day' }
  if (!isFileKind(kind!)) return { fault: '010003', detail: kind! }
  return {
    kind,
    day,
    time: `${hour}${minute}${second}`,
    organisation: organisation!,
    sequence: Number(sequence),
    version: version!
  }
}

/** A name under which an acquirer may send us card transactions. */
export function parseUploadName(name: string): FileName | NameFault {
  const parsed = parseFileName(name)
  if ('fault' in parsed) return parsed
  if (parsed.kind !== 'CD' && parsed.kind !== 'CQ')
    return { fault: '010003', detail: `${parsed.kind} is not an upload of card transactions` }
  if (parsed.version !== 'A') return { fault: '010007', detail: `version ${parsed.version}` }
  return parsed
}

function isFileKind(kind: string): kind is FileKind {
  return (fileKinds as readonly string[]).includes(kind)
}
