// Which tickets of the order a refund or a change is about: this one, and those of its companions that are ticked.
import { h } from '../shell/element.js'
import { both } from '../shell/language.js'
import { placeWords, whenWords } from './ticket-words.js'

/** `changed()` after every tick. `element` is null when there is nobody else. */
export function chooseCompanions(ticket, companions, changed) {
  const ticked = new Set(companions.filter((one) => isDrivenBy(one, ticket)).map(({ ticketNo }) => ticketNo))
  const box = (one) => {
    const input = h('input', { type: 'checkbox', id: `with-${one.ticketNo}`, checked: ticked.has(one.ticketNo) })
    input.addEventListener('change', () => {
      if (input.checked) ticked.add(one.ticketNo)
      else ticked.delete(one.ticketNo)
      changed()
    })
    const [large, small] = whenWords(one.ride)
    return h(
      'label.choice',
      { for: input.id },
      input,
      h('strong', {}, one.passenger.name),
      h('span', {}, placeWords(one)),
      h('span.small.soft', {}, large, ' ', small, ` ${one.ride.toName}`)
    )
  }
  return {
    element:
      companions.length === 0
        ? null
        : h(
            'fieldset.choices',
            {},
            h('legend.small', {}, both('一并办理同单的其他票', 'Together with others of the order')),
            companions.map(box)
          ),
    chosen: () => [ticket.ticketNo, ...ticked],
    all: () => [ticket, ...companions.filter(({ ticketNo }) => ticked.has(ticketNo))]
  }
}

/** A vehicle goes back with the driver it sails with. */
export function isDrivenBy({ vehicle, leg, passenger }, driver) {
  return vehicle !== null && leg === driver.leg && passenger.documentNumber === driver.passenger.documentNumber
}
