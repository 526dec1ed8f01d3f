// Single or return (往返), where the departure has a return product: the way back stays open and is dated later, or is chosen now.
import { fill, h } from '../shell/element.js'
import { addDays, clockOf, dayName, dayOf, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { departureDialog } from '../tickets/departure-dialog.js'
import { findReturnProduct, waysBack } from './trip.js'

/** `chosen(product or null, way back or undefined)`. Stays empty where there is nothing to choose, or when that cannot be found out. */
export function returnChoice(departure, chosen) {
  const place = h('div')
  void findReturnProduct(departure).then(
    (product) => product && fill(place, choices(departure, product, chosen)),
    () => undefined
  )
  return place
}

function choices(departure, product, chosen) {
  const { openDays, discount } = product
  const said = h('span.small', { role: 'status' })
  const pick = (product_, back) => {
    fill(said, back ? backWords(back) : null)
    chosen(product_, back)
  }
  return h(
    'fieldset.card.choices',
    {},
    h('legend.only-heard', {}, both('单程或往返', 'Single or return')),
    choice({ id: 'way-single', text: both('单程', 'Single'), checked: true, run: () => pick(null) }),
    choice({
      id: 'way-return',
      text: both('往返', 'Return'),
      more: both(
        `省 ${yuan(discount)}，回程 ${openDays} 天内有效，班次以后再定`,
        `${yuan(discount)} less; the way back is good for ${openDays} days and dated later`
      ),
      run: () => pick(product)
    }),
    choice({
      id: 'way-fixed',
      text: both('往返，回程现在选定', 'Return, way back chosen now'),
      more: both(`省 ${yuan(discount)}`, `${yuan(discount)} less`),
      run: () => askWayBack(departure, product, pick)
    }),
    said
  )
}

function backWords({ departsAt, number }) {
  const { zh, en } = dayName(dayOf(departsAt))
  const time = clockOf(departsAt)
  return both(`回程：${zh} ${time} ${number}`, `Back: ${en}, ${time}, ${number}`)
}

/** Left without a choice, the way back stays open. */
function askWayBack(departure, product, pick) {
  pick(product)
  const day = dayOf(departure.departsAt)
  departureDialog({
    id: 'fixed-back',
    title: both('选回程班次', 'Choose the way back'),
    keep: both('以后再定', 'Later'),
    ride: { from: departure.to.place, to: departure.from.place, departure: null },
    day,
    until: addDays(day, product.openDays),
    among: (departures) => waysBack(departure, product, departures),
    choose: (back, { close }) => (pick(product, back), close())
  })
}

function choice({ id, text, more, checked, run }) {
  const radio = h('input', { type: 'radio', name: 'way', id, checked: checked === true, onchange: run })
  return h('label.choice', { for: id }, radio, h('strong', {}, text), more ? h('span.small.soft', {}, more) : null)
}
