// A card's taps, loads and what windows did with it, in one list, the newest first.
import { h } from '../shell/element.js'
import { moment, signedMoney, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { events, evidences, loadStates, services } from './card-words.js'

export function historyOf({ taps, loads, events: told }) {
  const lines = [...taps.map(tapLine), ...loads.map(loadLine), ...told.map(eventLine)].toSorted((a, b) =>
    a.at < b.at ? 1 : -1
  )
  return h(
    'section.card.stack-tight',
    { 'aria-labelledby': 'history' },
    h('h2', { id: 'history' }, both(`记录 ${lines.length}`, `History: ${lines.length}`)),
    lines.length === 0 ? h('p.soft', {}, both('还没有记录', 'Nothing yet')) : null,
    h(
      'ol',
      { role: 'list' },
      lines.map(({ element }) => element)
    )
  )
}

function tapLine({ at, amount, price, balanceAfter, acquirer, service, passage, counter, link, file, line }) {
  const what = passage === 1 ? both('进站', 'Entry') : (services[service] ?? both('消费', 'Purchase'))
  const element = h(
    link === 'gap' ? 'li.card-line.gap' : 'li.card-line',
    {},
    h(
      'div.row.apart',
      {},
      h('span', {}, h('strong', {}, what), ' · ', acquirer),
      h('span.mono', {}, signedMoney(-amount))
    ),
    h(
      'div.row.apart.small.soft',
      {},
      h(
        'span',
        {},
        h('time', { datetime: at }, moment(at)),
        ' · ',
        both(`第 ${counter} 笔`, `no. ${counter}`),
        price > amount ? both(`，原价 ${yuan(price)}`, `, price ${yuan(price)}`) : ''
      ),
      h('span.mono', {}, balanceAfter === null ? '' : yuan(balanceAfter))
    ),
    link === 'gap' ? h('div.small', {}, both('与上一笔不接续', 'Does not continue the one before')) : null,
    h('div.small.soft.mono', {}, `${file}:${line}`)
  )
  return { at, element }
}

function loadLine({ requestedAt: at, amount, operator, state, evidence, alarmedAt }) {
  const [tag, text] = loadStates[state]
  const element = h(
    'li.card-line',
    {},
    h(
      'div.row.apart',
      {},
      h('span', {}, h('strong', {}, both('充值', 'Load')), ` · ${operator}`),
      h('span.mono', {}, signedMoney(amount))
    ),
    h('div.row.apart.small.soft', {}, h('time', { datetime: at }, moment(at)), h(`span.${tag}`, {}, text)),
    evidence ? h('div.small.soft', {}, evidences[evidence] ?? evidence) : null,
    alarmedAt && ['FUNDED', 'AUTHORISED', 'RETURNING'].includes(state)
      ? h(
          'div.notice.bad.small',
          {},
          both('已扣款未到账，系统将在一天内自动处理', 'Money taken and not loaded; it will be settled within the day')
        )
      : null
  )
  return { at, element }
}

function eventLine({ at, event, actor, note }) {
  const element = h(
    'li.card-line',
    {},
    h('div.row.apart', {}, h('strong', {}, events[event] ?? event), h('span.small.soft', {}, actor)),
    h('div.small.soft', {}, h('time', { datetime: at }, moment(at)), note ? ` · ${note}` : '')
  )
  return { at, element }
}
