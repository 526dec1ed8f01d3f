// Single or return (往返), where the departure has a return product: the way back stays open and is dated later.
import { fill, h } from '../shell/element.js'
import { yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { findReturnProduct } from './trip.js'

/** `chosen(product or null)`. Stays empty where there is nothing to choose, or when that cannot be found out. */
export function returnChoice(departure, chosen) {
  const place = h('div')
  void findReturnProduct(departure).then(
    (product) => product && fill(place, choices(product, chosen)),
    () => undefined
  )
  return place
}

function choices(product, chosen) {
  const { openDays, discount } = product
  return h(
    'fieldset.card.choices',
    {},
    h('legend.only-heard', {}, both('单程或往返', 'Single or return')),
    choice({ id: 'way-single', text: both('单程', 'Single'), checked: true, run: () => chosen(null) }),
    choice({
      id: 'way-return',
      text: both('往返', 'Return'),
      more: both(
        `省 ${yuan(discount)}，回程 ${openDays} 天内有效，班次以后再定`,
        `${yuan(discount)} less; the way back is good for ${openDays} days and dated later`
      ),
      run: () => chosen(product)
    })
  )
}

function choice({ id, text, more, checked, run }) {
  const radio = h('input', { type: 'radio', name: 'way', id, checked: checked === true, onchange: run })
  return h('label.choice', { for: id }, radio, h('strong', {}, text), more ? h('span.small.soft', {}, more) : null)
}
