// What a document reader types before it presses Enter: a name and a number in either order, or the number alone. The same line may
// be typed by hand; a child without a document is a name and a birth day.
import {
  birthDayOf,
  checkDocument,
  completedYears,
  documentKinds,
  normaliseNumber
} from '../../identity/document-rules.ts'
import { h } from '../shell/element.js'
import { both } from '../shell/language.js'

const day = /^(\d{4})-?(\d{2})-?(\d{2})$/
const residentNumber = /(?<!\d)\d{17}[\dXx]/

/** A line from the reader that arrived while another field had the focus. */
export function isReading(text) {
  return residentNumber.test(text)
}

/** {name, document?, birthDay?} or {fault}; the name is '' when the reader gave none. */
export function parseReading(text, kind, today) {
  const words = text
    .normalize('NFKC')
    .trim()
    .split(/[\s,|;]+/)
  const at = words.findLastIndex((word) => /\d/.test(word))
  const name = words.filter((_, index) => index !== at).join(' ')
  if (at === -1) return { name }
  const born = day.exec(words[at])
  if (born) return { name, birthDay: born.slice(1).join('-') }
  const document = { kind, number: normaliseNumber(words[at]) }
  const fault = checkDocument(document, today)
  return fault ? { fault } : { name, document }
}

/** The usual age limits; a line whose limits are others refuses in words, and the clerk presses the key for the kind of fare. */
export function usualFare({ document, birthDay }, today) {
  const born = (document && birthDayOf(document)) ?? birthDay
  if (!born) return 'full'
  const age = completedYears(born, today)
  if (age <= 6) return 'free'
  return age <= 14 ? 'half' : 'full'
}

/** Which kind of document a typed number is of; a read one says so itself. */
export function documentKindPicker() {
  const kinds = Object.entries(documentKinds).sort(([a], [b]) => a.localeCompare(b))
  const options = kinds.map(([code, [zh, en]]) => h('option', { value: code }, both(zh, en)))
  return h('select', { id: 'kind', 'aria-label': both('证件类型', 'Document') }, options)
}
