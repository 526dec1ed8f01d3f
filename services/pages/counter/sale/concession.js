// What entitles to a lower fare beside the age in a document: a certificate, or the height a clerk has measured.
import { certificateNames } from '../../buy/certificate-names.js'
import { field, h } from '../../shell/element.js'
import { both } from '../../shell/language.js'
import { markField } from '../../shell/notice.js'
import { keyCap } from '../shortcuts.js'

/** `take({certificate?, heightCm?})` with what was filled in. */
export function askConcession({ name, certificate, heightCm }, take) {
  const kind = h(
    'select',
    { id: 'certificate-kind' },
    h('option', { value: '' }, both('无', 'None')),
    Object.entries(certificateNames).map(([code, text]) => h('option', { value: code }, text))
  )
  const number = h('input', {
    id: 'certificate-number',
    autocomplete: 'off',
    maxlength: 40,
    value: certificate?.number ?? ''
  })
  const height = h('input', {
    id: 'height',
    inputmode: 'numeric',
    autocomplete: 'off',
    maxlength: 3,
    value: heightCm ?? ''
  })
  kind.value = certificate?.kind ?? ''
  const form = h('form.stack-tight', { method: 'dialog', novalidate: true })
  const dialog = h('dialog', { 'aria-labelledby': 'concession-title' }, form)
  const close = () => dialog.close()
  form.append(
    h('h2', { id: 'concession-title' }, both(`${name}：优待与身高`, `${name}: concession, height`)),
    field(both('优待证件', 'Certificate'), kind),
    field(both('证件号码', 'Its number'), number),
    field(both('身高（厘米，仅儿童）', 'Height in cm, children only'), height),
    h(
      'div.row',
      {},
      h('button.button.main', {}, keyCap('↵'), both('确定', 'Done')),
      h('button.button.quiet', { type: 'button', onclick: close }, both('取消', 'Cancel'))
    )
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (kind.value && number.value.trim().length < 2) {
      markField(number, both('请填写证件号码', 'Give the number of the certificate'))
      return number.focus()
    }
    const cm = Number(height.value)
    if (height.value && !(cm >= 30 && cm <= 200)) {
      markField(height, both('30 至 200 厘米', '30 to 200 cm'))
      return height.focus()
    }
    close()
    take({
      certificate: kind.value ? { kind: kind.value, number: number.value.trim() } : null,
      heightCm: height.value ? cm : null
    })
  })
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}
