// A group's list pasted at once: a name and a number on each line, as spreadsheets give them.
import { announce, field, h } from '../shell/element.js'
import { platformNow } from '../shell/api.js'
import { dayOf } from '../shell/format.js'
import { both } from '../shell/language.js'
import { parseReading } from './document-reading.js'

const residentCard = '01'

/** `take([{name, document}])` once every line can be read; until then the lines that cannot are named. */
export function askGroupList(take) {
  const text = h('textarea', { id: 'group-list', rows: 8, spellcheck: 'false', autocomplete: 'off' })
  const hint = h('span.hint')
  const form = h('form.stack-tight', { method: 'dialog', novalidate: true })
  const dialog = h('dialog', { 'aria-labelledby': 'group-title' }, form)
  const close = () => dialog.close()
  form.append(
    h('h2', { id: 'group-title' }, both('粘贴名单', 'Paste a list')),
    field(both('每行一人：姓名 身份证号', 'One to a line: name, identity number'), text, hint),
    h(
      'div.row',
      {},
      h('button.button.main', {}, both('填入', 'Fill in')),
      h('button.button.quiet', { type: 'button', onclick: close }, both('取消', 'Cancel'))
    )
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const read = readLines(text.value)
    const wrong = read.flatMap(({ document, name }, index) => (document && name ? [] : [index + 1]))
    if (wrong.length > 0 || read.length === 0) {
      const which = wrong.join('、')
      announce(hint, both(`请核对第 ${which || 1} 行`, `Look at line ${which || 1} again`), 'bad')
      return text.focus()
    }
    close()
    take(read)
  })
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}

function readLines(text) {
  const today = dayOf(platformNow())
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => parseReading(line, residentCard, today))
}
