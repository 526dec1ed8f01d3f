// The code at the gate.
import { h } from '../shell/element.js'
export function ticketCode() {
  return h('section.code')
}
