// The words and the tables of the channel desk.
import { h } from '../shell/element.js'
import { both } from '../shell/language.js'

export const kinds = {
  window: both('窗口', 'Window'),
  kiosk: both('自助机', 'Kiosk'),
  web: both('网站', 'Web'),
  phone: both('电话', 'Phone desk'),
  agent: both('代售点', 'Agent'),
  platform: both('平台', 'Platform')
}

export const states = {
  active: ['badge.good', both('营业', 'Active')],
  suspended: ['badge.bad', both('停用', 'Suspended')]
}

export const deliveryStates = {
  waiting: ['badge.warn', both('待送达', 'Waiting')],
  delivered: ['badge.good', both('已送达', 'Delivered')],
  'given-up': ['badge.bad', both('已放弃', 'Given up')]
}

export const webhookStates = {
  active: ['badge.good', both('推送中', 'Active')],
  paused: ['badge.warn', both('暂停', 'Paused')],
  ended: ['badge', both('已终止', 'Ended')]
}

export const eventNames = {
  sold: both('售出', 'sold'),
  changed: both('改签', 'changed'),
  refunded: both('退票', 'refunded'),
  checked: both('检票', 'checked')
}

export const differences = {
  ONLY_OURS: ['badge.warn', both('仅我方有', 'Only ours')],
  ONLY_THEIRS: ['badge.bad', both('仅对方有', 'Only theirs')],
  AMOUNT: ['badge.bad', both('金额不符', 'Amount')],
  STATE: ['badge.warn', both('状态不符', 'State')]
}

export const ticketStates = {
  SOLD: both('售出', 'sold'),
  USED: both('已乘', 'used'),
  UNUSED: both('未乘', 'unused'),
  REFUNDED: both('退票', 'refunded'),
  VOIDED: both('废票', 'voided'),
  CHANGED: both('改签', 'changed'),
  CLAIMED: both('赔付', 'claimed')
}

export function badge([tag, text]) {
  return h(`span.${tag}`, {}, text)
}

/** `heads` are words; `rows` are `tr` elements. */
export function table(name, heads, rows) {
  return h(
    'div.table-scroll',
    { tabindex: '0', role: 'region', 'aria-label': name },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          heads.map((text) => h('th', { scope: 'col' }, text))
        )
      ),
      h('tbody', {}, rows)
    )
  )
}
