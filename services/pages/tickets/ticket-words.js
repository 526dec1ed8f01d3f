// A ticket in words, wherever one is shown: its state, what kind it is, where one sits, when it goes, or until when its way back is open.
import { h } from '../shell/element.js'
import { clockOf, dayName, dayOf, shortDay } from '../shell/format.js'
import { both } from '../shell/language.js'
import { fareNames } from '../buy/quote-summary.js'
import { vehicleWords } from '../buy/deck.js'

export const couponStates = {
  HELD: ['badge.warn', both('待支付', 'To be paid')],
  RELEASED: ['badge', both('已释放', 'Released')],
  ISSUED: ['badge.good', both('待乘车', 'Valid')],
  CHECKED: ['badge.accent', both('已检票', 'Checked in')],
  USED: ['badge', both('已使用', 'Used')],
  NO_SHOW: ['badge.warn', both('未乘车', 'Not used')],
  SUSPENDED: ['badge.warn', both('班次异常', 'Disrupted')],
  CHANGED: ['badge', both('已改签', 'Changed')],
  REFUNDING: ['badge.warn', both('退款中', 'Refunding')],
  REFUNDED: ['badge', both('已退票', 'Refunded')],
  VOIDED: ['badge', both('已作废', 'Voided')],
  EXPIRED: ['badge', both('已过期', 'Expired')]
}

/** Every kind a ticket can be of: the fares of people, and vehicles. */
export const couponKindNames = { ...fareNames, vehicle: both('车辆', 'Vehicle'), truck: both('货车', 'Truck') }

export const eventNames = {
  claim: both('赔付', 'Money given back'),
  issue: both('出票', 'Issued'),
  'check-in': both('检票', 'Checked in'),
  'check-refused': both('检票未放行', 'Refused at the gate'),
  'undo-check-in': both('取消检票', 'Check taken back'),
  refund: both('申请退票', 'Refund asked for'),
  'refund-paid': both('退款到账', 'Refund paid'),
  void: both('废票', 'Voided'),
  change: both('改签', 'Changed'),
  reissue: both('补办', 'Issued again'),
  confirm: both('确认返程班次', 'Way back dated')
}

/** The way back of a return ticket whose departure is still to be chosen. */
export function isOpen({ departure }) {
  return departure === null
}

export function seatWords(seat) {
  return h('span', {}, seat === null ? both('不对号', 'Open seating') : both(`${seat} 号座`, `Seat ${seat}`))
}

/** The seat or class, or which vehicle it is. */
export function placeWords({ seat, cabin, vehicle, ride }) {
  if (vehicle) return h('span', {}, vehicleWords(vehicle))
  if (ride && isOpen(ride)) return h('span', {}, both('待定班次', 'To be dated'))
  if (!cabin) return seatWords(seat)
  const name = both(cabin.name, cabin.nameEn)
  return h('span', {}, name, seat === null ? null : [' ', seatWords(seat)])
}

/** [large, small]: the time with its day, or until when it is open. */
export function whenWords(ride) {
  if (!isOpen(ride)) return [clockOf(ride.departsAt), dayName(dayOf(ride.departsAt))]
  const { zh, en } = shortDay(ride.openUntil)
  return [both('班次待定', 'To be dated'), both(`${zh}前有效`, `good until ${en}`)]
}

export function rideWords(ride) {
  const [large, small] = whenWords(ride)
  return [h('strong', {}, large), ` ${ride.fromName} → ${ride.toName} `, h('span.small.soft', {}, small)]
}
