// What is to be done with departures, and why: one small form whose fields follow the kind of command.
import { field, h } from '../shell/element.js'
import { clockOf } from '../shell/format.js'
import { both, textOf } from '../shell/language.js'
import { markField } from '../shell/notice.js'
import { causeWords, kindWords } from './disruption-progress.js'

const kinds = ['DELAY', 'CANCEL', 'SUSPEND', 'RESUME', 'MERGE', 'UNDO_MERGE', 'REPLACE', 'MISS']
export const stopping = new Set(['CANCEL', 'SUSPEND', 'MISS'])
/** More departures than this need a reason. */
const withoutReasonMax = 3

const refundWords = {
  'on-request': both('旅客选择：改乘或退票', 'The passenger chooses'),
  'at-once': both('立即全额原路退回', 'All back at once')
}

/** `read()` gives the request, or null after it said what is missing. */
export function disruptionForm({ desk, rows, given = { kind: likelyKind(rows), cause: 'WEATHER', note: '' } }) {
  const inputs = inputsOf({ desk, rows, given })
  const { kind, cause, minutes, target, places, refund, note } = inputs
  const fields = {
    DELAY: field(both('比原定晚（分钟）', 'Minutes later than planned'), minutes),
    MERGE: field(both('并入', 'Into'), target),
    REPLACE: field(both('新车座位', 'Seats of the other vehicle'), places)
  }
  const money = field(both('票款', 'Money'), refund)
  const shape = () => {
    for (const [of, element] of Object.entries(fields)) element.hidden = kind.value !== of
    money.hidden = !stopping.has(kind.value)
  }
  kind.addEventListener('change', shape)
  shape()
  const first = [field(both('怎样处置', 'What'), kind), field(both('原因', 'Cause'), cause)]
  const needed = rows.length > withoutReasonMax
  const reason = field(needed ? both('事由（必填）', 'Reason (required)') : both('事由', 'Reason'), note)
  return {
    elements: [h('div.fields', {}, first, Object.values(fields), money), reason],
    focus: () => kind.focus(),
    read() {
      if (needed && note.value.trim().length < 4) {
        markField(note, both('请写明事由（至少四个字）', 'Say why, in four characters or more'))
        note.focus()
        return null
      }
      const more = {
        DELAY: { minutes: Number(minutes.value) },
        MERGE: { target: Number(target.value) },
        REPLACE: { places: Number(places.value) }
      }
      const departures = rows.map(({ departure }) => departure)
      const about = { kind: kind.value, departures, cause: cause.value, note: note.value.trim(), ...more[kind.value] }
      return stopping.has(kind.value) ? { ...about, refund: refund.value } : about
    }
  }
}

function inputsOf({ desk, rows, given }) {
  const number = (id, value) => h('input', { id, inputmode: 'numeric', maxlength: 4, value: String(value) })
  return {
    kind: selectOf('kind', kindsFor(rows), kindWords, given.kind),
    cause: selectOf('cause', Object.keys(causeWords), causeWords, given.cause),
    minutes: number('minutes', given.minutes ?? 30),
    places: number('places', given.places ?? 30),
    target: targetSelect(desk, rows),
    refund: selectOf('refund', Object.keys(refundWords), refundWords, given.refund ?? 'on-request'),
    note: h('input', { id: 'note', maxlength: 200, autocomplete: 'off', value: given.note })
  }
}

function likelyKind(rows) {
  if (rows.every(({ state }) => state === 'SUSPENDED')) return 'RESUME'
  if (rows.every(({ state }) => state === 'MERGED')) return 'UNDO_MERGE'
  return rows.length > 1 ? 'SUSPEND' : 'DELAY'
}

/** One departure can be merged or get another vehicle; nothing else needs a single one. */
function kindsFor(rows) {
  return kinds.filter((kind) => rows.length === 1 || kind !== 'REPLACE')
}

function targetSelect(desk, rows) {
  const chosen = new Set(rows.map(({ departure }) => departure))
  const line = rows[0]?.number.replace(/-[^-]*$/, '')
  const others = desk.rows.filter((row) => !chosen.has(row.departure) && row.number.startsWith(`${line}-`))
  const options = others.map(({ departure, number, departsAt, sold, places }) =>
    h('option', { value: departure }, `${clockOf(departsAt)} ${number} (${sold}/${places})`)
  )
  return h('select', { id: 'target' }, options)
}

function selectOf(id, values, words, chosen) {
  return h(
    'select',
    { id },
    values.map((value) => h('option', { value, selected: value === chosen }, textOf(words[value])))
  )
}
