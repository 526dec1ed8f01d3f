// Subsidy claims: what issuers and authorities owe for each month's discounts, the signed files behind it, and what has been paid.
import { field, fill, h, whileBusy } from '../shell/element.js'
import { count, money } from '../shell/format.js'
import { both } from '../shell/language.js'
import { emptyState, loading, noticeRegion, showProblem } from '../shell/notice.js'
import { table } from './discounts.js'
import { save } from './download.js'

export async function claimsView(main, desk) {
  const [region, list] = [noticeRegion(), h('div.stack-tight', { 'aria-live': 'polite' }, loading())]
  const refresh = async () => {
    const claims = await desk.ask('/v1/clearing/claims')
    if (claims && !desk.left.aborted) fill(list, claimsTable(claims, { ...desk, region, refresh }))
  }
  fill(
    main,
    h(
      'div.stack',
      {},
      h('h1', { tabindex: '-1' }, both('优惠补贴申报', 'Subsidy claims')),
      h(
        'p.soft',
        {},
        both(
          '每月各清算日计价后自动申报；发卡机构应付由申报日结算扣付，政府应付由其直接付给运营方后登记。迟到交易另行补充申报。',
          'Made by themselves once a month’s days are priced. Issuers pay through that day’s settlement; an authority pays the operators, and it is booked here. What comes late is claimed in addition.'
        )
      ),
      claimForm({ ...desk, region, refresh }),
      region,
      list
    )
  )
  await refresh()
}

function claimForm({ act, region, refresh }) {
  const month = h('input', {
    id: 'claim-month',
    type: 'month',
    placeholder: '2026-03',
    pattern: '\\d{4}-\\d{2}',
    required: true
  })
  const form = h(
    'form.row.claim-form',
    {},
    field(both('乘车月份', 'Month of the rides'), month),
    h('button.button', {}, both('申报', 'Claim'))
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void doing(form.querySelector('button'), region, async () => {
      if (await act('/v1/clearing/claims', { month: month.value })) await refresh()
    })
  })
  return form
}

async function doing(button, region, work) {
  fill(region)
  await whileBusy(button, async () => {
    try {
      await work()
    } catch (problem) {
      showProblem(region, problem)
    }
  })
}

function claimsTable(claims, desk) {
  if (claims.length === 0)
    return emptyState(
      both('还没有申报', 'No claims yet'),
      both(
        '月份结束且其清算日都已计价后，会自动申报。',
        'They are made once a month is over and all its days are priced.'
      )
    )
  return table(
    both('补贴申报', 'Subsidy claims'),
    [both('月份', 'Month'), both('承担方', 'Bearer')],
    [both('笔数', 'Rides'), both('金额', 'Amount'), both('付款', 'Payment'), both('明细', 'Evidence')],
    claims.map((claim) => claimRow(claim, desk))
  )
}

function claimRow(claim, desk) {
  const { bearer, bearerName, month, number, rides, amount, file } = claim
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, month, number > 1 ? [' ', h('span.badge', {}, both('补充', 'supplement'))] : null),
    h('td', {}, bearerName, ' ', h('span.mono.small.soft', {}, bearer)),
    h('td.number', {}, count(rides)),
    h('td.number', {}, money(amount)),
    h('td.number', {}, payment(claim, desk)),
    h('td.number', {}, file ? downloads(claim, desk) : '—')
  )
}

function payment({ id, role, paidAt, day }, { act, region, refresh }) {
  if (role === 'issuer') return h('a', { href: `#/days/${day}` }, both(`${day} 结算`, `settled ${day}`))
  if (paidAt) return h('span.badge.good', {}, both('已付', 'Paid'))
  const button = h('button.button.slim', { type: 'button' }, both('登记已付', 'Book payment'))
  button.addEventListener(
    'click',
    () =>
      void doing(button, region, async () => {
        if (await act(`/v1/clearing/claims/${id}/payment`)) await refresh()
      })
  )
  return button
}

function downloads({ id, file }, { session, region }) {
  const link = (path, as, text) => {
    const button = h('button.button.slim', { type: 'button' }, text)
    button.addEventListener(
      'click',
      () => void doing(button, region, async () => await save({ path, as, session: session() }))
    )
    return button
  }
  return h(
    'span.row',
    {},
    link(`/v1/clearing/claims/${id}/file`, file.name, 'CSV'),
    link(`/v1/clearing/claims/${id}/signature`, `${file.name}.sig`, both('签名', 'Signature'))
  )
}
