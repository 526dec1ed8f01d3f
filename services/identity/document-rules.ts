// Identity documents (证件): which kinds there are, when a number is acceptable, and what of it names the person. Ticketing facts
// §4; pure and free of node: modules, because the passenger page checks while one types.
import { hasMod11CheckCharacter, isPassportZone, mod11CheckCharacter } from './check-digits.ts'

/** code → [中文, English]. The codes are our own, a superset of the platforms' 01–07. */
export const documentKinds = {
  '01': ['居民身份证', 'resident identity card'],
  '02': ['护照', 'passport'],
  '03': ['往来港澳通行证', 'mainland permit for Hong Kong and Macao'],
  '04': ['往来台湾通行证', 'mainland permit for Taiwan'],
  '05': ['港澳居民来往内地通行证', 'home-return permit of Hong Kong and Macao residents'],
  '06': ['台湾居民来往大陆通行证', 'mainland travel permit of Taiwan residents'],
  '07': ['港澳台居民居住证', 'residence permit of Hong Kong, Macao and Taiwan residents'],
  '08': ['外国人永久居留身份证', "foreigner's permanent residence card"],
  '09': ['临时居民身份证', 'temporary resident identity card'],
  '10': ['户口簿', 'household register'],
  '11': ['军警证件', 'military or police identity card'],
  '12': ['出生医学证明', 'birth certificate'],
  '13': ['学生证（未满16周岁）', 'student card, under 16'],
  '14': ['海员证', "seafarer's passport"],
  '15': ['外交、领事证件', 'diplomatic or consular card'],
  '16': ['公安临时身份证明', 'temporary proof of identity by the police'],
  '99': ['其他证件', 'other document, at a manned window']
} as const

export type DocumentKind = keyof typeof documentKinds

export interface IdentityDocument {
  kind: DocumentKind
  number: string
}

export type DocumentFault =
  | 'document-malformed'
  | 'document-check-digit'
  | 'document-birth-date'
  | 'document-area'
  | 'document-first-generation'
  | 'document-kind-mismatch'

/** Half-width, upper case, no spaces: what people type and scanners read becomes one spelling. */
export function normaliseNumber(text: string): string {
  return text.normalize('NFKC').replaceAll(/\s/g, '').toUpperCase()
}

/** The number as it is printed: normalised, and taken out of a passport's machine-readable zone. */
export function printedNumber({ kind, number }: IdentityDocument): string {
  const normal = normaliseNumber(number)
  return kind === '02' && normal.length === zoneLength ? normal.slice(0, 9).replaceAll('<', '') : normal
}

/** `today` is 'YYYY-MM-DD'. Null when the number is acceptable for its kind. */
export function checkDocument({ kind, number }: IdentityDocument, today: string): DocumentFault | null {
  const normal = normaliseNumber(number)
  switch (kind) {
    case '01':
    case '09':
    case '10':
      return residencePermit.test(normal) ? 'document-kind-mismatch' : checkResidentNumber(normal, today)
    case '07':
      return residencePermit.test(normal) ? checkResidentNumber(normal, today) : 'document-kind-mismatch'
    case '08':
      return checkForeignResident(normal, today)
    case '02':
      if (normal.length === zoneLength) return isPassportZone(normal) ? null : 'document-check-digit'
      return passport.test(normal) ? null : 'document-malformed'
    default:
      return shapes[kind].test(normal) ? null : 'document-malformed'
  }
}

const passport = /^[A-Z0-9]{5,17}$/
/** A scanner may send the second line of a passport's machine-readable zone, which carries check digits, in place of the number. */
const zoneLength = 44

/** Kinds that carry no check digit we could verify. */
const shapes: Record<Exclude<DocumentKind, '01' | '02' | '07' | '08' | '09' | '10'>, RegExp> = {
  '03': /^[CW][A-Z0-9]\d{7}$/,
  '04': /^[LT][A-Z0-9]\d{7}$/,
  '05': /^(?:[HM]\d{8}(?:\d{2})?|[HM]A\d{7})$/,
  '06': /^(?:\d{8}|\d{10}|\d{10}\([A-Z]\))$/,
  '11': /^[\p{Script=Han}A-Z0-9]{5,20}$/u,
  '12': /^[A-Z]\d{9}$/,
  '13': /^[A-Z0-9]{4,20}$/,
  '14': /^[A-Z0-9]{6,15}$/,
  '15': /^[A-Z0-9]{4,17}$/,
  '16': /^[A-Z0-9]{4,20}$/,
  '99': /^[\p{Script=Han}A-Z0-9-]{4,30}$/u
}

/** Looks like a resident number, but is another document: its number begins with Hong Kong, Macao or Taiwan. */
const residencePermit = /^8[123]0000/

/** GB 11643. County codes are not looked up: they are retired while holders keep their numbers. */
function checkResidentNumber(number: string, today: string): DocumentFault | null {
  if (/^\d{15}$/.test(number)) return 'document-first-generation'
  if (!/^\d{17}[\dX]$/.test(number)) return 'document-malformed'
  if (!/^(?:[1-5]\d|6[1-5]|71|8[123])/.test(number) || number < '11') return 'document-area'
  const birth = birthOf18(number)
  if (!birth || !plausibleBirth(birth, today)) return 'document-birth-date'
  return hasMod11CheckCharacter(number) ? null : 'document-check-digit'
}

/** 15 characters until 2023; since then 18 that begin with 9 and end like a resident number. Both stay valid. */
function checkForeignResident(number: string, today: string): DocumentFault | null {
  if (/^[A-Z]{3}\d{12}$/.test(number)) return null
  if (!/^9\d{16}[\dX]$/.test(number)) return 'document-malformed'
  if (!hasMod11CheckCharacter(number)) return 'document-check-digit'
  const birth = birthOf18(number)
  return birth && plausibleBirth(birth, today) ? null : 'document-birth-date'
}

function birthOf18(number: string): string | null {
  const birth = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`
  const parsed = new Date(`${birth}T00:00:00Z`)
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(birth) ? birth : null
}

const ageMax = 130

function plausibleBirth(birth: string, today: string): boolean {
  return birth <= today && completedYears(birth, today) <= ageMax
}

/** Completed years on a day, both 'YYYY-MM-DD'. Somebody born on 29 February is a year older on 1 March. */
export function completedYears(birth: string, on: string): number {
  return Number(on.slice(0, 4)) - Number(birth.slice(0, 4)) - (on.slice(5) < birth.slice(5) ? 1 : 0)
}

/** The birth day a document's number carries, 'YYYY-MM-DD'; null when its kind carries none. */
export function birthDayOf({ kind, number }: IdentityDocument): string | null {
  const normal = normaliseNumber(number)
  const carries = kind === '01' || kind === '07' || kind === '09' || kind === '10' || /^9\d{16}[\dX]$/.test(normal)
  return carries && normal.length === 18 ? birthOf18(normal) : null
}

/**
 * What names the person: permits count their renewals in the last digits, and the temporary card and the household register carry
 * the resident number; neither must make a second person.
 */
export function canonicalDocument(document: IdentityDocument): string {
  const { kind } = document
  const normal = printedNumber(document)
  if (kind === '09' || kind === '10') return `01|${normal}`
  if (kind === '05') return `${kind}|${normal.slice(0, 9)}`
  if (kind === '06') return `${kind}|${normal.slice(0, 8)}`
  return `${kind}|${normal}`
}

/** For imports of old records only: a first-generation number as the 18 characters its holder has today. */
export function convertFirstGeneration(number15: string): string {
  const first17 = `${number15.slice(0, 6)}19${number15.slice(6)}`
  return first17 + mod11CheckCharacter(first17)
}
