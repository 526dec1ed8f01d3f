// Keys with their states and uses, what waits for a second person, and the steps that custodians can take.
import { fill, h } from '../shell/element.js'
import { moment } from '../shell/format.js'
import { both } from '../shell/language.js'
import { choice, secret, stepForm, text } from '../shell/step-form.js'
import { ceremonyStates, keyStates } from './key-words.js'

export function custodyView({ keys, custodians, ceremonies, plans }, again) {
  const waiting = plans.filter(({ approvedBy }) => !approvedBy)
  const under = ceremonies.filter(({ state }) => state === 'open')
  return h(
    'div.custody',
    {},
    h(
      'div.stack',
      {},
      h('h1', {}, both(`密钥 ${keys.length}`, `Keys: ${keys.length}`)),
      h(
        'p.soft',
        {},
        both(
          '密钥字节只在密钥进程的内存里；这里只有名称、状态与校验值。',
          'The bytes of keys are in the memory of the key process alone; here are names, states and check values.'
        )
      ),
      keyTable(keys),
      h('h2', {}, both('变更计划', 'Dated changes')),
      planList(plans),
      h('h2', {}, both('密钥仪式', 'Ceremonies')),
      ceremonyList(ceremonies)
    ),
    h(
      'div.stack',
      {},
      ...waiting.map((plan) => approval(plan, again)),
      ...under.map((ceremony) => part(ceremony, again)),
      step(both('计划变更', 'Plan a change'), planForm(keys, again)),
      step(both('开始仪式', 'Begin a ceremony'), ceremonyForm(again)),
      step(both('登记保管员', 'A new custodian'), custodianForm(custodians, again)),
      h('p.small.soft', {}, both('保管员：', 'Custodians: '), custodians.join('、') || '—')
    )
  )
}

function keyTable(keys) {
  const head = [both('名称', 'Name'), both('状态', 'State'), both('校验值', 'Check value'), both('使用次数', 'Uses')]
  return h(
    'div.table-scroll',
    { tabindex: 0, role: 'region', 'aria-label': both('密钥', 'Keys') },
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
      h('tbody', {}, keys.map(keyRow))
    )
  )
}

function keyRow({ name, state, checkValue, uses }) {
  const counted = Object.entries(uses).map(([use, count]) => `${use} ${count.toLocaleString('en')}`)
  return h(
    'tr',
    {},
    h('td.mono.key-name', {}, name),
    h('td', {}, badge(keyStates[state])),
    h('td.mono', {}, checkValue),
    h('td.small', {}, counted.join(' · ') || '—')
  )
}

function badge([tag, words]) {
  return h(`span.${tag}`, {}, words)
}

function planList(plans) {
  if (plans.length === 0) return h('p.soft', {}, both('没有。', 'None.'))
  return h(
    'ul.stack-tight',
    {},
    plans.toReversed().map(({ key, to, from, askedBy, approvedBy, doneAt, refused }) => {
      const standing = doneAt
        ? both('已执行', 'done')
        : refused
          ? both('未能执行', 'could not be done')
          : approvedBy
            ? both('待生效', 'waits for its day')
            : both('待复核', 'waits for a second person')
      return h(
        'li.small',
        {},
        h('span.mono', {}, key),
        ' → ',
        badge(keyStates[to]),
        ' ',
        h('time', { datetime: from }, moment(from)),
        ` · ${askedBy} / ${approvedBy ?? '—'} · `,
        standing
      )
    })
  )
}

function ceremonyList(ceremonies) {
  if (ceremonies.length === 0) return h('p.soft', {}, both('没有。', 'None.'))
  return h(
    'ul.stack-tight',
    {},
    ceremonies
      .toReversed()
      .map(({ key, state, origin, custodians, parts }) =>
        h(
          'li.small',
          {},
          h('span.mono', {}, key),
          ' ',
          badge(ceremonyStates[state]),
          ' ',
          origin === 'drawn' ? both('内部产生', 'drawn inside') : both('录入分量', 'parts brought'),
          ` · ${custodians.join('、')} · ${parts.filter(({ at }) => at).length}/${custodians.length}`
        )
      )
  )
}

function approval({ id, key, to, from, askedBy }, again) {
  return h(
    'section.card.stack-tight',
    {},
    h('h2', {}, both('待第二人复核', 'Waits for a second person')),
    h('p', {}, h('span.mono', {}, key), ' → ', badge(keyStates[to]), ' ', moment(from)),
    h('p.small.soft', {}, both(`由 ${askedBy} 提出`, `Asked for by ${askedBy}`)),
    stepForm({
      inputs: who(),
      submit: both('复核通过', 'Approve'),
      send: (body) => ['PUT', `/v1/key-changes/${id}/approval`, body],
      done: again
    })
  )
}

function part({ id, key, origin, custodians }, again) {
  const drawn = origin === 'drawn'
  const inputs = drawn ? who() : { ...who(), component: secret(both('分量（十六进制）', 'Part (hexadecimal)')) }
  return h(
    'section.card.stack-tight',
    {},
    h('h2', {}, drawn ? both('领取分量', 'Take a part away') : both('录入分量', 'Bring a part')),
    h('p', {}, h('span.mono', {}, key), ` · ${custodians.join('、')}`),
    stepForm({
      inputs,
      submit: drawn ? both('领取（仅一次）', 'Take it, once') : both('录入', 'Bring it'),
      send: (body) => ['POST', `/v1/key-ceremonies/${id}/${drawn ? 'taken' : 'components'}`, body],
      // A part is shown until the page moves on, and then nowhere any more.
      done: drawn ? showPart : again
    })
  )
}

function showPart({ component, checkValue }, region) {
  fill(
    region,
    h(
      'div.notice.warn.stack-tight',
      {},
      h('p', {}, both('抄写后封存；不再显示。', 'Write it down and seal it; it is not shown again.')),
      h('p.mono', {}, component.match(/.{1,4}/g).join(' ')),
      h('p.small', {}, both('分量校验值 ', 'Check value of the part '), h('span.mono', {}, checkValue))
    )
  )
}

function step(title, form) {
  return h('details', {}, h('summary', {}, title), form)
}

function planForm(keys, again) {
  const { pending: _, ...states } = keyStates
  const options = Object.fromEntries(keys.map(({ name }) => [name, name]))
  return stepForm({
    inputs: {
      key: choice(both('密钥', 'Key'), options),
      to: choice(
        both('变为', 'Becomes'),
        Object.fromEntries(Object.entries(states).map(([state, [, words]]) => [state, words]))
      ),
      from: text(both('生效日', 'From'), { type: 'date' }),
      ...who()
    },
    submit: both('提出', 'Ask for it'),
    send: (body) => ['POST', '/v1/key-changes', body],
    done: again
  })
}

function ceremonyForm(again) {
  return stepForm({
    inputs: {
      key: text(both('密钥名称 用途/机构/版本/索引/算法', 'Name: purpose/scope/version/index/algorithm'), {
        placeholder: 'tac//2/1/sm4'
      }),
      origin: choice(both('方式', 'How'), {
        entered: both('录入分量', 'Parts are brought'),
        drawn: both('内部产生后分发', 'Drawn inside, parts taken away')
      }),
      kind: choice(both('分量', 'Parts'), {
        xor: both('全部异或', 'All, XORed'),
        shamir: both('任意两份（Shamir）', 'Any two (Shamir)')
      }),
      custodians: text(both('分量保管员（逗号分隔）', 'Custodians of the parts, by commas')),
      checkValue: text(both('预期校验值（可空）', 'Check value on paper, if any')),
      ...who()
    },
    submit: both('开始', 'Begin'),
    send: ({ kind, custodians, checkValue, ...body }) => {
      const all = custodians.split(/[,，、]/).flatMap((name) => name.trim() || [])
      const splitting = { kind, parts: all.length, needed: kind === 'xor' ? all.length : 2 }
      return [
        'POST',
        '/v1/key-ceremonies',
        { ...body, custodians: all, splitting, ...(checkValue ? { checkValue } : {}) }
      ]
    },
    done: again
  })
}

function custodianForm(custodians, again) {
  const vouchers =
    custodians.length < 2
      ? {}
      : {
          voucher1: text(both('担保人一', 'First voucher')),
          word1: secret(both('口令', 'Passphrase')),
          voucher2: text(both('担保人二', 'Second voucher')),
          word2: secret(both('口令', 'Passphrase'))
        }
  return stepForm({
    inputs: { ...who(), ...vouchers },
    submit: both('登记', 'Register'),
    send: ({ custodian, passphrase, voucher1, word1, voucher2, word2 }) => [
      'POST',
      '/v1/key-custodians',
      {
        custodian,
        passphrase,
        ...(voucher1
          ? {
              vouchers: [
                { custodian: voucher1, passphrase: word1 },
                { custodian: voucher2, passphrase: word2 }
              ]
            }
          : {})
      }
    ],
    done: again
  })
}

const who = () => ({
  custodian: text(both('保管员', 'Custodian')),
  passphrase: secret(both('口令', 'Passphrase'))
})
