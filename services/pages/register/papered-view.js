// Vehicles, vessels and crew with their papers. Whatever could not be reported (报班) today stands first.
import { platformNow } from '../shell/api.js'
import { h } from '../shell/element.js'
import { addDays, dayOf, moment } from '../shell/format.js'
import { both } from '../shell/language.js'
import { choice, stepForm, text } from '../shell/step-form.js'
import { modeNames, paperNames, papersAsked } from './register-words.js'

const soonDays = 30
const urls = { vehicles: '/v1/station/register/conveyances', crew: '/v1/station/register/crew' }
const titles = {
  vehicles: both('车辆与船舶', 'Vehicles and vessels'),
  crew: both('驾驶员与船员', 'Drivers and masters')
}

/** `all` of one register, `code` the one that is open ('' for none). */
export function paperedView({ register, all, code, role, again }) {
  const today = dayOf(platformNow())
  const rows = all.map((one) => ({ one, faults: faultsOf(register, one, today) }))
  rows.sort((a, b) => rankOf(a) - rankOf(b) || a.one.code.localeCompare(b.one.code))
  const wrong = rows.filter(({ one, faults }) => !one.withdrawn && faults.some(({ tone }) => tone === 'bad')).length
  const chosen = all.find((one) => one.code === code)
  return h(
    'div.register',
    {},
    h(
      'div.stack',
      {},
      h('h1', {}, titles[register], ` ${all.length}`),
      wrong > 0
        ? h(
            'p.notice.bad',
            {},
            both(
              `${wrong} 个证照缺失或过期，不能报班。`,
              `${wrong} lack a paper or hold one that ran out: not to be reported.`
            )
          )
        : null,
      table(register, rows, code),
      h('details', {}, h('summary', {}, both('登记', 'Enter one')), entryForm(register, { all, role, again }))
    ),
    chosen
      ? story(register, chosen, { today, role, again })
      : h('p.soft', {}, both('选择一个查看和换证。', 'Choose one to see and renew its papers.'))
  )
}

/** Missing and run out are bad, soon running out is a warning. */
function faultsOf(register, { mode, papers, inspection }, today) {
  const soon = addDays(today, soonDays)
  const faults = papersAsked[register][mode].flatMap((kind) => {
    const held = papers.find((paper) => paper.kind === kind)
    if (!held) return [{ tone: 'bad', text: both(`缺${paperNames[kind].zh}`, `No ${paperNames[kind].en}`) }]
    const { zh, en } = paperNames[kind]
    if (held.validTo < today) return [{ tone: 'bad', text: both(`${zh}过期`, `${en} ran out`) }]
    return held.validTo <= soon
      ? [{ tone: 'warn', text: both(`${zh}至 ${held.validTo}`, `${en} to ${held.validTo}`) }]
      : []
  })
  const failed = inspection && !inspection.passed
  return failed ? [...faults, { tone: 'bad', text: both('安检不合格', 'Failed inspection') }] : faults
}

function rankOf({ one, faults }) {
  if (one.withdrawn) return 3
  if (faults.some(({ tone }) => tone === 'bad')) return 0
  return faults.length > 0 ? 1 : 2
}

function table(register, rows, code) {
  const head = [both('代码', 'Code'), both('承运人', 'Carrier'), both('证照', 'Papers')]
  return h(
    'div.table-scroll',
    { tabindex: 0, role: 'region', 'aria-label': titles[register] },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          head.map((words) => h('th', { scope: 'col' }, words))
        )
      ),
      h(
        'tbody',
        {},
        rows.map(({ one, faults }) =>
          h(
            'tr',
            one.code === code ? { 'aria-current': 'true' } : {},
            h(
              'td',
              {},
              h('a', { href: `#/${register}/${encodeURIComponent(one.code)}` }, one.code),
              h('div.small.soft', {}, modeNames[one.mode], one.name ? ` · ${one.name}` : '')
            ),
            h('td', {}, one.carrier),
            h('td', {}, h('span.row', {}, badges(one, faults)))
          )
        )
      )
    )
  )
}

function badges({ withdrawn }, faults) {
  if (withdrawn) return h('span.badge', {}, both('已停用', 'Withdrawn'))
  if (faults.length === 0) return h('span.badge.good', {}, both('齐全', 'In order'))
  return faults.map(({ tone, text: words }) => h(`span.badge.${tone}`, {}, words))
}

function story(register, one, { today, role, again }) {
  const { code, mode, carrier, places, name, withdrawn, papers, inspection } = one
  const asked = papersAsked[register][mode]
  const kinds = Object.fromEntries(asked.map((kind) => [kind, paperNames[kind]]))
  return h(
    'article.card.stack',
    { 'aria-label': code },
    h('div.row.apart', {}, h('h2', {}, code), h('span.row', {}, badges(one, faultsOf(register, one, today)))),
    h(
      'p.soft',
      {},
      modeNames[mode],
      ` · ${carrier}`,
      places ? both(` · 核定 ${places} 人`, ` · ${places} places`) : ` · ${name}`
    ),
    h(
      'ul.stack-tight',
      {},
      papers.map(({ kind, number, validTo }) =>
        h(
          'li.row.apart',
          {},
          h('span', {}, h('strong', {}, paperNames[kind]), ' ', h('span.small.soft', {}, number)),
          h(`span.badge${validTo < today ? '.bad' : ''}`, {}, both(`至 ${validTo}`, `to ${validTo}`))
        )
      )
    ),
    inspection ? lastInspection(inspection) : null,
    h(
      'details',
      {},
      h('summary', {}, both('登记或更换证照', 'Enter or renew a paper')),
      stepForm({
        role,
        inputs: {
          kind: choice(both('证照', 'Paper'), kinds),
          number: text(both('证号', 'Its number')),
          validTo: text(both('有效期至', 'Valid to'), { type: 'date' })
        },
        submit: both('登记证照', 'Enter it'),
        send: ({ kind, ...paper }) => ['PUT', `${urls[register]}/${encodeURIComponent(code)}/papers/${kind}`, paper],
        done: again
      })
    ),
    withdrawal(register, one, { role, again, withdrawn })
  )
}

function lastInspection({ passed, failedItems, inspector, inspectedAt }) {
  return h(
    'p',
    {},
    h(
      `span.badge.${passed ? 'good' : 'bad'}`,
      {},
      passed ? both('安检合格', 'Inspection passed') : both('安检不合格', 'Inspection failed')
    ),
    ' ',
    h(
      'span.small.soft',
      {},
      moment(inspectedAt),
      ` · ${inspector}`,
      failedItems.length > 0 ? ` · ${failedItems.join('、')}` : ''
    )
  )
}

/** Out of use and back again: the rest of the entry stays as it is. */
function withdrawal(register, { code, mode, carrier, places, name }, { role, again, withdrawn }) {
  const entry = register === 'vehicles' ? { mode, carrier, places } : { name, mode, carrier }
  return stepForm({
    role,
    inputs: {},
    danger: !withdrawn,
    submit: withdrawn ? both('恢复使用', 'Back into use') : both('停用', 'Withdraw'),
    send: () => ['PUT', `${urls[register]}/${encodeURIComponent(code)}`, { ...entry, withdrawn: !withdrawn }],
    done: again
  })
}

function entryForm(register, { all, role, again }) {
  const carriers = [...new Set(all.map(({ carrier }) => carrier))].toSorted((a, b) => a.localeCompare(b))
  const about = {
    code: text(
      register === 'vehicles'
        ? both('车牌或船名', 'Plate, or the vessel’s name')
        : both('工号', 'Number at the carrier')
    ),
    ...(register === 'crew' ? { name: text(both('姓名', 'Name')) } : {}),
    mode: choice(both('方式', 'Mode'), modeNames),
    carrier: text(both(`承运人代码（如 ${carriers.join('、')}）`, `Carrier’s code (as ${carriers.join(', ')})`)),
    ...(register === 'vehicles' ? { places: text(both('核定载客', 'Places'), { type: 'number', min: 1 }) } : {})
  }
  return stepForm({
    role,
    inputs: about,
    submit: both('登记', 'Enter'),
    send: ({ code, places, ...rest }) => [
      'PUT',
      `${urls[register]}/${encodeURIComponent(code)}`,
      places === undefined ? rest : { ...rest, places: Number(places) }
    ],
    done: ({ code }) => {
      location.hash = `#/${register}/${encodeURIComponent(code)}`
      return again()
    }
  })
}
