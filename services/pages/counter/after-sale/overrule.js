// Setting the terms of a ticket aside (按事由办理): the cause from the list and a word on what happened; both stay in the ticket's history.
import { field, h } from '../../shell/element.js'
import { both } from '../../shell/language.js'
import { markField } from '../../shell/notice.js'
import { keyCap } from '../shortcuts.js'

export const causes = {
  DISRUPTION: both('班次晚点、停运', 'Delayed or cancelled'),
  CONNECTION_BROKEN: both('联程衔接中断', 'Connection broken'),
  WEATHER: both('天气', 'Weather'),
  PORT_CLOSED: both('港口封航', 'Port closed'),
  SALES_STAFF_ERROR: both('售票差错', 'Mistake of the seller'),
  EQUIPMENT_FAILURE: both('设备故障', 'Equipment failure'),
  TECHNICAL_FAILURE: both('系统故障', 'Technical failure'),
  PAYMENT_FAILURE: both('支付故障', 'Payment failure'),
  MISSED_DEPARTURE: both('车站原因漏乘', 'Left behind by the station'),
  STOP_NOT_SERVED: both('未停靠', 'Stop not served'),
  STRIKE: both('罢运', 'Strike'),
  INABILITY_TO_TRAVEL: both('病残不能成行', 'Unable to travel'),
  DEATH: both('亡故', 'Death')
}

/** `take({code, note})`; closing the dialog takes nothing. */
export function askOverrule(take) {
  const code = h(
    'select',
    { id: 'overrule-code' },
    Object.entries(causes).map(([value, text]) => h('option', { value }, text))
  )
  const note = h('input', { id: 'overrule-note', autocomplete: 'off', maxlength: 200 })
  const form = h('form.stack-tight', { method: 'dialog', novalidate: true })
  const dialog = h('dialog', { 'aria-labelledby': 'overrule-title' }, form)
  const close = () => dialog.close()
  form.append(
    h('h2', { id: 'overrule-title' }, both('按事由免费办理', 'Free of charge, for cause')),
    field(both('事由', 'Cause'), code),
    field(both('说明（记入车票履历）', 'What happened (kept with the ticket)'), note),
    h(
      'div.row',
      {},
      h('button.button.main', {}, keyCap('↵'), both('确定', 'Done')),
      h('button.button.quiet', { type: 'button', onclick: close }, both('取消', 'Cancel'))
    )
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (note.value.trim() === '') {
      markField(note, both('请写明发生了什么', 'Say what happened'))
      return note.focus()
    }
    close()
    take({ code: code.value, note: note.value.trim() })
  })
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}
