// A document's kind and number, checked while one types with the very rules the platform applies (services/identity).
import { checkDocument, birthDayOf, documentKinds, normaliseNumber } from '../../identity/document-rules.ts'
import { maskNumber } from '../../identity/masking-rules.ts'
import { platformNow } from '../shell/api.js'
import { announce, field, h } from '../shell/element.js'
import { dayOf } from '../shell/format.js'
import { both } from '../shell/language.js'

const residentLength = 18
/** Kinds whose number ends in a check digit. */
const checkable = new Set(['01', '07', '08', '09', '10'])

/** By code: a bare object would put '10' before '01'. */
const kindsInOrder = Object.entries(documentKinds).sort(([a], [b]) => a.localeCompare(b))

export const faults = {
  'document-malformed': both('号码格式不正确', 'The number does not have the shape of its kind'),
  'document-check-digit': both('校验位不符，请核对有没有输错', 'The check digit does not fit: look for a slip'),
  'document-birth-date': both('号码中的出生日期不存在', 'The birth date in the number is not possible'),
  'document-area': both('号码开头的地区码不正确', 'The area at the start does not exist'),
  'document-first-generation': both(
    '15 位的第一代身份证已停用',
    'First-generation cards (15 digits) are no longer valid'
  ),
  'document-kind-mismatch': both('号码与所选证件类型不符', 'The number belongs to another kind of document')
}

/**
 * `path` is the JSON pointer of the document in the request body; `changed` is called after every key.
 * Returns the two fields and `read()`: {kind, number} when the number is acceptable, else null.
 */
export function documentFields({ id, path, changed }) {
  const kind = h(
    'select',
    { id: `${id}-kind`, name: `${path}/kind` },
    kindsInOrder.map(([code, [zh, en]]) => h('option', { value: code }, both(zh, en)))
  )
  const number = h('input', {
    id: `${id}-number`,
    name: `${path}/number`,
    autocomplete: 'off',
    autocapitalize: 'characters',
    spellcheck: 'false',
    maxlength: 40
  })
  const hint = h('span.hint')
  const judge = (finished) => {
    const [text, tone] = judgement({ kind: kind.value, number: number.value }, finished)
    announce(hint, text, tone)
    number.setAttribute('aria-invalid', String(tone === 'bad'))
    changed()
  }
  number.addEventListener('input', () => judge(false))
  number.addEventListener('blur', () => judge(true))
  kind.addEventListener('change', () => judge(true))
  return {
    fields: [field(both('证件类型', 'Document'), kind), field(both('证件号码', 'Number'), number, hint)],
    number,
    set: (document) => {
      Object.assign(kind, { value: document.kind })
      Object.assign(number, { value: document.number })
      judge(true)
    },
    read: () => readDocument(kind.value, number.value)
  }
}

function readDocument(kind, number) {
  if (number.trim() === '') return null
  return checkDocument({ kind, number }, dayOf(platformNow())) === null
    ? { kind, number: normaliseNumber(number) }
    : null
}

/** [words, tone]. While one is still typing, a number that is merely too short is no fault. */
function judgement({ kind, number }, finished) {
  const normal = normaliseNumber(number)
  if (normal === '') return ['', '']
  if (checkable.has(kind) && !finished && normal.length < residentLength)
    return [
      both(`已输入 ${normal.length} 位，共 ${residentLength} 位`, `${normal.length} of ${residentLength} characters`),
      ''
    ]
  const fault = checkDocument({ kind, number: normal }, dayOf(platformNow()))
  if (fault) return !finished && fault === 'document-malformed' && normal.length < 8 ? ['', ''] : [faults[fault], 'bad']
  const [birth, shown] = [birthDayOf({ kind, number: normal }), maskNumber({ kind, number: normal }, 'public')]
  return birth
    ? [both(`✓ 校验通过，出生日期 ${birth}；车票上显示 ${shown}`, `✓ Born ${birth}. Tickets show ${shown}`), 'good']
    : [both(`✓ 格式正确；车票上显示 ${shown}`, `✓ Accepted. Tickets show ${shown}`), 'good']
}
