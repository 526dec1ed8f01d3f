// Which terms hold for a stop of a line on a day: published versions lie over one another like sheets, and for each knob the most
// specific sheet that names it wins: line before station before carrier before all, a season before the whole year, the later before
// the earlier.
import { addDays, type BusinessDay } from '../../clearing/business-day.ts'
import {
  policyKnobs,
  type PartialTerms,
  type PolicyAnswer,
  type PolicyScope,
  type PolicyTerms
} from './policy-schemas.ts'

/** A version with what resolving it needs. */
export interface PolicySheet {
  id: number
  scope: PolicyScope
  validFrom: string
  validTo: string | null
  terms: PartialTerms
}

export interface PolicySubject {
  mode: PolicyScope['mode']
  carrier?: string
  place?: string
  line?: string
}

/** Null while a knob has no value, so that nothing is sold under half a policy. */
export function resolvePolicy(sheets: readonly PolicySheet[], about: PolicySubject, day: string): PolicyAnswer | null {
  const answer = layOver(sheets, about, day)
  return missingKnobs(answer.terms).length === 0 ? (answer as PolicyAnswer) : null
}

/** The knobs that no sheet in force sets. */
export function missingKnobs(terms: PartialTerms): (keyof PolicyTerms)[] {
  return policyKnobs.filter((knob) => terms[knob] === undefined)
}

export function layOver(sheets: readonly PolicySheet[], about: PolicySubject, day: string) {
  const terms: Record<string, unknown> = {}
  const from: Record<string, number> = {}
  const inForce = sheets.filter((sheet) => speaksFor(sheet.scope, about) && covers(sheet, day))
  for (const sheet of inForce.toSorted(bySpecificity)) {
    for (const [knob, value] of Object.entries(sheet.terms)) {
      terms[knob] = value
      from[knob] = sheet.id
    }
  }
  return { terms: terms as PartialTerms, from }
}

export function speaksFor(scope: PolicyScope, about: PolicySubject): boolean {
  return speaksForLine(scope, about) && (scope.place === undefined || scope.place === about.place)
}

/** True when it speaks for the line, or for one of its stops. */
export function speaksForLine(scope: PolicyScope, about: PolicySubject): boolean {
  if (scope.mode !== about.mode) return false
  if (scope.carrier !== undefined && scope.carrier !== about.carrier) return false
  return scope.line === undefined || scope.line === about.line
}

function covers({ validFrom, validTo }: PolicySheet, day: string): boolean {
  return validFrom <= day && (validTo === null || day <= validTo)
}

/** Least specific first. */
function bySpecificity(a: PolicySheet, b: PolicySheet): number {
  const [left, right] = [rankOf(a), rankOf(b)]
  const at = left.findIndex((part, index) => part !== right[index])
  return at === -1 ? a.id - b.id : left[at]! < right[at]! ? -1 : 1
}

function rankOf({ scope, validFrom, validTo }: PolicySheet): (number | string)[] {
  const named = (part: unknown) => (part === undefined ? 0 : 1)
  return [named(scope.line), named(scope.place), named(scope.carrier), validTo === null ? 0 : 1, validFrom]
}

export interface PolicyPeriod {
  validFrom: BusinessDay
  validTo: BusinessDay | null
  terms: PolicyTerms
}

/** The days cut where any sheet begins or ends, with the terms of each span; spans without complete terms are left out. */
export function policyPeriods(sheets: readonly PolicySheet[], about: PolicySubject): PolicyPeriod[] {
  const heard = sheets.filter(({ scope }) => speaksFor(scope, about))
  const begins = heard.flatMap(({ validFrom, validTo }) => [
    validFrom as BusinessDay,
    ...(validTo === null ? [] : [addDays(validTo as BusinessDay, 1)])
  ])
  const cuts = [...new Set(begins)].toSorted()
  return cuts.flatMap((validFrom, at) => {
    const answer = resolvePolicy(heard, about, validFrom)
    const next = cuts[at + 1]
    return answer ? [{ validFrom, validTo: next ? addDays(next, -1) : null, terms: answer.terms }] : []
  })
}

/** A place name or a line narrows the scope: its terms differ from those of its mode. */
export function isNarrow(scope: PolicyScope): boolean {
  return scope.carrier !== undefined || scope.place !== undefined || scope.line !== undefined
}
