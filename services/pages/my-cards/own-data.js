// What we hold of a named holder: a copy as a file, and forgetting it. What cannot be forgotten yet is said with its reason.
import { call } from '../shell/api.js'
import { fill, h, whileBusy } from '../shell/element.js'
import { both } from '../shell/language.js'
import { showProblem } from '../shell/notice.js'
import { withSession } from '../shell/session.js'

const role = 'passenger'
const reasons = {
  'card-needs-name': both('须实名的卡种，停用后可删', 'a kind of card that needs a name: once it is out of use'),
  'claim-open': both('有申请在办，办结后可删', 'a claim is open: once it is settled')
}

export function ownData(cardNumber, { region, show }) {
  const body = { cardNumber }
  const run = (button, work) =>
    void whileBusy(button, async () => {
      fill(region)
      try {
        await withSession(role, work)
      } catch (problem) {
        showProblem(region, problem)
      }
    })
  const sure = h('input', { id: 'forget-sure', type: 'checkbox' })
  const forget = h('button.button', { type: 'button', disabled: true }, both('删除我的信息', 'Forget me'))
  sure.addEventListener('change', () => (forget.disabled = !sure.checked))
  forget.addEventListener('click', () =>
    run(forget, async (session) => {
      const answers = await call('POST', '/v1/my-cards/forget', { session, body })
      const kept = answers.filter(({ forgotten }) => !forgotten)
      await show(
        both(
          `已删除 ${answers.length - kept.length} 张卡的持卡人信息`,
          `Forgotten on ${answers.length - kept.length} cards`
        )
      )
      if (kept.length > 0) document.querySelector('#main [role="status"]')?.append(keptList(kept))
    })
  )
  const copy = h('button.button', { type: 'button' }, both('下载我的数据', 'Download a copy'))
  copy.addEventListener('click', () =>
    run(copy, async (session) => {
      const data = await call('POST', '/v1/my-cards/copy', { session, body })
      const file = URL.createObjectURL(new Blob([JSON.stringify(data, null, 2)], { type: 'application/json' }))
      h('a', { href: file, download: 'my-cards.json' }).click()
      setTimeout(() => URL.revokeObjectURL(file), 10_000)
    })
  )
  return h(
    'details',
    {},
    h('summary', {}, both('我的数据', 'My data')),
    h(
      'div.stack-tight',
      {},
      h('div', {}, copy),
      h(
        'label.row',
        {},
        sure,
        both('我的卡此后不记名，丢失不能挂失', 'My cards go on without a name, and cannot be stopped when lost')
      ),
      h('div', {}, forget)
    )
  )
}

function keptList(kept) {
  return h(
    'ul.small',
    {},
    kept.map(({ cardNumber, reason }) => h('li', {}, h('span.mono', {}, cardNumber), ' · ', reasons[reason]))
  )
}
