// The rules of a place's gates, in words: how lists and clocks may age without a network, when documents are asked for, who may go with
// another departure. The operator publishes others, for the place or for all that have none of their own.
import { h } from '../shell/element.js'
import { dayOf } from '../shell/format.js'
import { both } from '../shell/language.js'
import { stepForm, text } from '../shell/step-form.js'

/** What is typed, in minutes but for the last. */
const figures = {
  listsWarnMinutes: both('名单超过多少分钟：提示工作人员', 'Lists older than (minutes): tell the staff'),
  listsAskDocumentMinutes: both('超过多少分钟：刷码须核证件', 'Older than: a document with every code'),
  listsRefuseMinutes: both('超过多少分钟：停止离线检票', 'Older than: nobody passes offline'),
  mixedEarlierMinutes: both('混检：早多少分钟的班次也放行', 'Mixed: departures so many minutes earlier pass'),
  mixedLaterMinutes: both('混检：晚多少分钟的班次也放行', 'Mixed: so many minutes later pass'),
  clockOffSecondsMax: both(
    '时钟漂移超过多少秒：不得离线放行',
    'Clock off by more than (seconds): nobody passes offline'
  )
}
const answers = {
  documentAlways: both('无论何种凭证都核证件', 'Everybody shows the document'),
  onceBegun: both('须车站开检以后', 'Only once the station has begun check-in')
}

/** `policies` as published, `here` the place, or undefined for all that have no rules of their own. */
export function gatePolicy(policies, { here, role, again }) {
  const own = here && policies.find(({ place }) => place === here.code)
  const inForce = own ?? policies.find(({ place }) => place === null)
  const { terms, validFrom, note } = inForce
  return h(
    'section.card.stack-tight',
    { 'aria-label': both('检票规则', 'Rules of the gates') },
    h('h2', {}, both('检票规则', 'Rules of the gates')),
    h('p', {}, ...sentences(terms)),
    h(
      'p.small.soft',
      {},
      own ? both('本站规则', 'Of this place') : both('通用规则', 'Of all places'),
      ' · ',
      dayOf(validFrom),
      ` · ${note}`
    ),
    role === 'operator' ? publishing(terms, { here, role, again }) : null
  )
}

function sentences(terms) {
  const { listsWarnMinutes: warn, listsAskDocumentMinutes: ask, listsRefuseMinutes: refuse } = terms
  const { mixedEarlierMinutes: earlier, mixedLaterMinutes: later, clockOffSecondsMax: seconds } = terms
  const mixed = earlier + later > 0
  return [
    both(
      `名单满 ${lasting(warn).zh}提示，满 ${lasting(ask).zh}刷码须核证件，满 ${lasting(refuse).zh}停止离线检票；时钟漂移超过 ${seconds} 秒不得离线放行。`,
      `Lists: after ${lasting(warn).en} the staff is told, after ${lasting(ask).en} documents are asked for, after ${lasting(refuse).en} nobody passes offline; nor with a clock off by more than ${seconds} s. `
    ),
    mixed
      ? both(
          `混检：同线路早 ${earlier} 分钟、晚 ${later} 分钟以内放行。`,
          `Mixed: ${earlier} min earlier and ${later} min later of the line pass. `
        )
      : both('不混检。', 'No mixed check. '),
    terms.documentAlways ? both('一律核验证件。', 'Everybody shows the document. ') : '',
    terms.onceBegun ? both('联网时须已开检。', 'Online, only once check-in has begun.') : ''
  ]
}

function lasting(minutes) {
  return minutes % 60 === 0 && minutes > 0
    ? both(` ${minutes / 60} 小时`, `${minutes / 60} h`)
    : both(` ${minutes} 分钟`, `${minutes} min`)
}

function publishing(terms, { here, role, again }) {
  const numbers = Object.entries(figures).map(([name, label]) => [
    name,
    text(label, { type: 'number', min: 0, value: String(terms[name]) })
  ])
  const ticks = Object.entries(answers).map(([name, label]) => [name, yesOrNo(label, terms[name])])
  return h(
    'details',
    {},
    h(
      'summary',
      {},
      here
        ? both('为本站公布规则', 'Publish rules for this place')
        : both('公布通用规则', 'Publish rules for all places')
    ),
    stepForm({
      role,
      inputs: { ...Object.fromEntries([...numbers, ...ticks]), note: text(both('说明', 'Why')) },
      submit: both('公布，立即生效', 'Publish, in force at once'),
      send: ({ note, ...typed }) => [
        'POST',
        '/v1/boarding/gate-policies',
        {
          ...(here ? { place: here.code } : {}),
          note,
          terms: Object.fromEntries(
            Object.entries(typed).map(([name, value]) => [name, name in answers ? value === 'yes' : Number(value)])
          )
        }
      ],
      done: again
    })
  )
}

function yesOrNo(label, value) {
  const options = [
    ['no', both('否', 'No')],
    ['yes', both('是', 'Yes')]
  ].map(([code, words]) => h('option', { value: code, selected: (code === 'yes') === (value === true) }, words))
  return { label, input: h('select', {}, options) }
}
