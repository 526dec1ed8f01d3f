// Which class one sails in, leg by leg, where a sailing is sold by class.
import { h } from '../shell/element.js'
import { yuan } from '../shell/format.js'
import { both } from '../shell/language.js'

/** `chosen(codes)` with the class of each leg, undefined where there is nothing to choose. The cheapest stands chosen at first. */
export function cabinChoice(legs, chosen) {
  const codes = legs.map(({ cabins }) => cabins?.[0]?.code)
  return legs.flatMap((leg, index) => {
    if (!leg.cabins?.length) return []
    const pick = (code) => {
      codes[index] = code
      chosen([...codes])
    }
    return [fieldset(leg, { index, several: legs.length > 1, picked: codes[index], pick })]
  })
}

function fieldset({ number, cabins }, { index, several, picked, pick }) {
  return h(
    'fieldset.card.choices',
    {},
    h('legend.only-heard', {}, both(`舱位 ${number}`, `Class of ${number}`)),
    several ? h('strong', { 'aria-hidden': 'true' }, number) : null,
    cabins.map(({ code, name, nameEn, placesLeft, fullFare }) => {
      const id = `cabin-${index}-${code}`
      const given = { type: 'radio', name: `cabin-${index}`, id, value: code, checked: code === picked }
      const radio = h('input', { ...given, disabled: placesLeft === 0, onchange: () => pick(code) })
      return h(
        'label.choice',
        { for: id },
        radio,
        h('strong', {}, both(name, nameEn)),
        h('span', {}, yuan(fullFare)),
        h('span.small.soft', {}, both(`余 ${placesLeft}`, `${placesLeft} left`))
      )
    })
  )
}
