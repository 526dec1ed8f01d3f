// The keys that sign tickets: one signs, the one before it is accepted for a while longer, and either is revoked at once. Gates get them
// with their lists.
import { platformNow } from '../shell/api.js'
import { h } from '../shell/element.js'
import { moment } from '../shell/format.js'
import { both } from '../shell/language.js'
import { stepForm, text } from '../shell/step-form.js'

export function issuerKeysView({ keys, again }) {
  const now = platformNow()
  const overlapping = keys.find((key) => stateOf(key, now) === 'accepted')
  return h(
    'div.register',
    {},
    h(
      'div.stack',
      {},
      h('h1', {}, both('车票签发密钥', 'The keys that sign tickets')),
      h(
        'p.soft',
        {},
        both(
          '一把签发，前一把在重叠期内继续认可，同时认可的至多两把。检票口随名单取得。',
          'One signs; the one before is accepted for as long as they overlap; never more than two. Gates get them with their lists.'
        )
      ),
      h(
        'ul.doors',
        {},
        keys.map((key) => keyItem(key, { now, again }))
      )
    ),
    h(
      'section.card.stack',
      {},
      h('h2', {}, both('轮换', 'Rotate')),
      overlapping
        ? h(
            'p',
            {},
            both(
              `第 ${overlapping.version} 把认可至 ${moment(overlapping.acceptedUntil).zh}，其后方可再轮换。`,
              `Key ${overlapping.version} is accepted until ${moment(overlapping.acceptedUntil).en}; after that the next rotation.`
            )
          )
        : stepForm({
            inputs: {
              overlapDays: text(both('旧钥继续认可的天数（不短于预售期）', 'Days the old key is still accepted'), {
                type: 'number',
                min: 1,
                max: 366,
                value: '45'
              })
            },
            submit: both('新钥签发', 'Let a new key sign'),
            send: ({ overlapDays }) => ['POST', '/v1/issuer-keys', { overlapDays: Number(overlapDays) }],
            done: again
          })
    )
  )
}

function stateOf({ acceptedUntil, revokedAt }, now) {
  if (revokedAt) return 'revoked'
  if (acceptedUntil === null) return 'signing'
  return Date.parse(acceptedUntil) > now ? 'accepted' : 'over'
}

const badges = {
  signing: ['span.badge.good', both('正在签发', 'Signs')],
  accepted: ['span.badge.warn', both('仍认可', 'Still accepted')],
  over: ['span.badge', both('已停用', 'Over')],
  revoked: ['span.badge.bad', both('已吊销', 'Revoked')]
}

function keyItem(key, { now, again }) {
  const { version, publicKey, madeAt, madeBy, acceptedUntil, revokedAt } = key
  const state = stateOf(key, now)
  const [tag, words] = badges[state]
  return h(
    'li',
    { 'data-version': version },
    h('div.row.apart', {}, h('strong', {}, both(`第 ${version} 把`, `Key ${version}`)), h(tag, {}, words)),
    h(
      'div.row.small.soft',
      {},
      h('span', {}, moment(madeAt), ` · ${madeBy}`),
      acceptedUntil && !revokedAt
        ? h('span', {}, both(`认可至 ${moment(acceptedUntil).zh}`, `Accepted until ${moment(acceptedUntil).en}`))
        : null,
      revokedAt ? h('span', {}, both(`吊销于 ${moment(revokedAt).zh}`, `Revoked ${moment(revokedAt).en}`)) : null
    ),
    h(
      'details',
      {},
      h('summary.small', {}, both('公钥与吊销', 'Public key, revocation')),
      h('p.small.mono', {}, publicKey),
      state === 'signing' || state === 'accepted' ? revocation(version, again) : null
    )
  )
}

function revocation(version, again) {
  const sure = h('input', { type: 'checkbox', id: `sure-${version}` })
  const form = stepForm({
    danger: true,
    inputs: {},
    submit: both('吊销，立即不再认可', 'Revoke: accepted nowhere from now on'),
    send: () => ['PUT', `/v1/issuer-keys/${version}/revocation`, undefined],
    done: again
  })
  const button = form.querySelector('button')
  button.disabled = true
  sure.addEventListener('change', () => (button.disabled = !sure.checked))
  return h(
    'div.stack-tight',
    {},
    h(
      'label.check',
      { for: sure.id },
      sure,
      both(
        '我知道：以它签发的纸质凭条须换发，手机码自行更新。',
        'I know: slips signed with it must be printed again; phones renew theirs.'
      )
    ),
    form
  )
}
