// The doors of a place and what stands at each: devices with their certificates and accounts at a gate page, when each was last heard,
// how old its lists are and what it would do without a network. Here a device is let in and shut out.
import { h } from '../shell/element.js'
import { clockOf, dayOf, moment } from '../shell/format.js'
import { both } from '../shell/language.js'
import { placeInput, suggestionsOf } from '../shell/place-input.js'
import { choice, stepForm, text } from '../shell/step-form.js'
import { gatePolicy } from './gate-policy.js'
import { freshnessNames, passageNames, revocationReasons } from './register-words.js'

/** The worst first. */
const ranks = ['stopped', 'document', 'warn', 'never', 'fresh']

/** `place` is a code, '' for a look over all of them. */
export function gatesView({ places, doors, sources, policies, place, role, again }) {
  const here = places.find(({ code }) => code === place)
  return h(
    'div.register',
    {},
    h(
      'div.stack.whole',
      {},
      h('h1', {}, here ? here.name : both('检票口与设备', 'Gates and devices')),
      chooser(places, here),
      gatePolicy(policies, { here, role, again }),
      here
        ? ownDoors(
            doors.filter((door) => door.place === place),
            { sources, here, role, again }
          )
        : overview(sources)
    )
  )
}

function chooser(places, here) {
  const byName = new Map(places.map(({ name, code }) => [name, code]))
  const suggestions = suggestionsOf(places).filter((one) => byName.has(one.text))
  const { element, input } = placeInput({
    id: 'register-place',
    label: both('车站或港口', 'Station or port'),
    value: here?.name ?? '',
    suggestions
  })
  const go = () => {
    const code = byName.get(input.value.trim())
    if (code && code !== here?.code) location.hash = `#/gates/${code}`
  }
  input.addEventListener('change', go)
  const form = h('form', {}, element)
  form.addEventListener('submit', (event) => (event.preventDefault(), go()))
  return form
}

function inOrder(sources) {
  const rank = ({ revokedAt, freshness }) => (revokedAt ? ranks.length : ranks.indexOf(freshness))
  return sources.toSorted((a, b) => rank(a) - rank(b))
}

function overview(sources) {
  if (sources.length === 0)
    return h(
      'p.soft',
      {},
      both('还没有登记的设备。选择车站后登记。', 'No device is enrolled. Choose a station to enrol one.')
    )
  const byPlace = Map.groupBy(inOrder(sources), ({ place }) => place)
  return h(
    'ul.doors',
    {},
    [...byPlace].map(([code, those]) =>
      h(
        'li',
        {},
        h('a', { href: `#/gates/${code}` }, h('strong', {}, those[0].placeName)),
        h(
          'ul.sources',
          {},
          those.map((source) => sourceItem(source))
        )
      )
    )
  )
}

function ownDoors(doors, { sources, here, role, again }) {
  const atDoor = Map.groupBy(inOrder(sources), ({ gate }) => gate)
  return h(
    'div.stack',
    {},
    h(
      'ul.doors',
      {},
      doors.map((door) => doorItem(door, atDoor.get(door.id) ?? [], { role, again }))
    ),
    h(
      'details',
      {},
      h('summary', {}, both('登记或改动检票口', 'Enter or change a gate')),
      doorForm(doors, { here, role, again })
    )
  )
}

function doorItem(door, sources, { role, again }) {
  const { id, name, number, passage } = door
  return h(
    'li',
    { 'data-gate': id },
    h('div.row.apart', {}, h('strong', {}, name), h('span.badge', {}, passageNames[passage], ` ${number}`)),
    sources.length === 0
      ? h('p.small.soft', {}, both('没有设备。', 'No device.'))
      : h(
          'ul.sources',
          {},
          sources.map((source) => sourceItem(source, { role, again }))
        ),
    stepForm({
      role,
      inputs: {},
      look: 'slim',
      submit: both('登记设备：取登记码', 'Enrol a device: make a code'),
      send: () => ['POST', `/v1/gates/${id}/enrolment-codes`, undefined],
      done: ({ code, expiresAt }, region) => region.replaceChildren(codeNotice(code, expiresAt))
    })
  )
}

function codeNotice(code, expiresAt) {
  const until = clockOf(expiresAt)
  return h(
    'div.notice.good.stack-tight',
    {},
    h('span.enrolment-code.mono', {}, code),
    h(
      'span.small',
      {},
      both(
        `在设备上键入，一次有效，至 ${until}；此处只显示一次。`,
        `Type it at the device; good once, until ${until}; shown here only now.`
      )
    )
  )
}

function sourceItem(source, { role, again } = {}) {
  const { name, number, device, notAfter, seenAt, clockOffsetMs, listsAgeSeconds, listsBehind, revokedAt } = source
  const [tag, words] = revokedAt ? ['span.badge.bad', both('已吊销', 'Revoked')] : freshnessNames[source.freshness]
  const facts = [
    device
      ? both(`证书至 ${dayOf(notAfter)}`, `Certificate to ${dayOf(notAfter)}`)
      : both('检票页账号，无证书', 'An account at a gate page, no certificate'),
    seenAt ? both(`最近联系 ${moment(seenAt).zh}`, `Last heard ${moment(seenAt).en}`) : both('从未联系', 'Never heard'),
    listsAgeSeconds === null ? null : ageOf(listsAgeSeconds),
    listsBehind > 0 ? both(`其后变动 ${listsBehind} 张`, `${listsBehind} tickets changed since`) : null,
    Math.abs(clockOffsetMs ?? 0) >= 1000
      ? both(`时钟差 ${seconds(clockOffsetMs)} 秒`, `Clock off by ${seconds(clockOffsetMs)} s`)
      : null,
    revokedAt
      ? both(`${moment(revokedAt).zh} ${reason(source).zh}`, `${moment(revokedAt).en}, ${reason(source).en}`)
      : null
  ]
  return h(
    'li',
    {},
    h(
      'div.row.apart',
      {},
      h('span', {}, h('strong', {}, name), role ? '' : both(`，${number} 号口`, `, gate ${number}`)),
      h(tag, {}, words)
    ),
    h(
      'div.row.small.soft',
      {},
      facts.filter(Boolean).map((fact) => h('span', {}, fact))
    ),
    role && device && !revokedAt ? revocation(device, { role, again }) : null
  )
}

const seconds = (ms) => Math.round(ms / 1000)

function reason({ revokedReason }) {
  const [code, ...note] = (revokedReason ?? '').split(' ')
  const words = revocationReasons[code] ?? both(code, code)
  return both([words.zh, ...note].join(' '), [words.en, ...note].join(' '))
}

function ageOf(age) {
  const minutes = Math.floor(age / 60)
  return both(`名单 ${minutes} 分钟前`, `Lists ${minutes} min old`)
}

function revocation(device, { role, again }) {
  return h(
    'details',
    {},
    h('summary.small', {}, both('吊销', 'Revoke')),
    stepForm({
      role,
      danger: true,
      inputs: {
        reason: choice(both('原因', 'Why'), revocationReasons),
        note: text(both('说明（可不填）', 'Note, if any'))
      },
      submit: both('吊销，立即失效', 'Revoke it at once'),
      send: ({ reason: why, note }) => [
        'POST',
        `/v1/gate-devices/${device}/revocation`,
        note ? { reason: why, note } : { reason: why }
      ],
      done: again
    })
  )
}

function doorForm(doors, { here, role, again }) {
  const next = Math.max(0, ...doors.map(({ number }) => number)) + 1
  return stepForm({
    role,
    inputs: {
      number: text(both('编号（已有的编号即为改动）', 'Number (one that is there is changed)'), {
        type: 'number',
        min: 1,
        max: 999,
        value: String(next)
      }),
      name: text(both('名称', 'Name'), { value: `${next} 号检票口` }),
      passage: choice(both('用途', 'What it is for'), passageNames)
    },
    submit: both('登记检票口', 'Enter it'),
    send: ({ number, ...door }) => ['PUT', `/v1/places/${here.code}/gates/${number}`, door],
    done: again
  })
}
