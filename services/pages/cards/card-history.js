// A card's taps, loads and what windows did with it, in one list, the newest first.
import { h } from '../shell/element.js'
import { moment, signedMoney, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { events, evidences, gapWords, loadStates, services } from './card-words.js'

/** `doubt(tap)` answers what may be done about a line; nothing at a window, which has the clearing desk. */
export function historyOf({ taps, loads, events: told }, doubt = () => null) {
  const lines = [...taps.map((tap) => tapLine(tap, doubt)), ...loads.map(loadLine), ...told.map(eventLine)].toSorted(
    (a, b) => (a.at < b.at ? 1 : -1)
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

function tapLine(tap, doubt) {
  const { at, amount, price, balanceAfter, acquirer, service, passage, counter, link, gap, file, line } = tap
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
    gap ? h('div.small', {}, gapWords(gap)) : null,
    h('div.row.apart.small.soft', {}, h('span.mono', {}, `${file}:${line}`), doubt(tap))
  )
  return { at, element }
}

const loadNames = {
  moved: both('余额转入', 'Balance moved here'),
  fare: both('多收票款退还', 'Fare given back')
}

function loadLine({ requestedAt: at, amount, operator, state, evidence, alarmedAt, money }) {
  const [tag, text] = loadStates[state]
  const element = h(
    'li.card-line',
    {},
    h(
      'div.row.apart',
      {},
      h('span', {}, h('strong', {}, loadNames[money] ?? both('充值', 'Load')), ` · ${operator}`),
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
