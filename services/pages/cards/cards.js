// The card desk: a card by its number, what it holds and why we think so, its taps and loads, and what a window does with it.
import { call } from '../shell/api.js'
import { field, fill, h, whileBusy } from '../shell/element.js'
import { yuan } from '../shell/format.js'
import { startPage } from '../shell/frame.js'
import { both } from '../shell/language.js'
import { emptyState, noticeRegion, showProblem } from '../shell/notice.js'
import { sessionOf, withSession } from '../shell/session.js'
import { signInFirst } from '../shell/sign-in-first.js'
import { historyOf } from './card-history.js'
import { balanceOf, claimsOf, journeysOf } from './card-facts.js'
import { claimForm } from './claims.js'
import { loadPanel } from './load-panel.js'
import { cardStates } from './card-words.js'

const role = 'clerk'
const main = document.querySelector('#main')
/** The card in hand; it is never in the address. */
let number = ''
let products = []

async function show() {
  if (!sessionOf(role))
    return fill(
      main,
      signInFirst({
        role,
        title: both('卡务台需要售票员登录', 'The card desk is for clerks'),
        hint: both(
          '平台启动时会打印示例售票员的登录名与密码。',
          'The platform prints the sample clerk’s name when it starts.'
        )
      })
    )
  const region = noticeRegion()
  const place = h('div.card-desk')
  fill(main, h('div.stack', {}, h('h1', {}, both('卡务台', 'Card desk')), askForm(region), region, place))
  if (number === '') {
    return fill(
      place,
      h('div.stack', {}, issueVirtual(region)),
      emptyState(both('输入卡号', 'Enter a card number'), both('卡面 19 位数字。', 'The 19 digits on the card.'))
    )
  }
  try {
    const story = await withSession(role, (session) =>
      call('POST', '/v1/cards/story', { session, body: { cardNumber: number } })
    )
    if (story)
      fill(place, h('div.stack', {}, cardOf(story, region), loadPanel(story, { number, show })), historyOf(story))
  } catch (problem) {
    showProblem(region, problem)
  }
}

function askForm(region) {
  const input = h('input', {
    id: 'card-number',
    name: '/cardNumber',
    inputmode: 'numeric',
    autocomplete: 'off',
    maxlength: 23,
    value: number
  })
  const submit = h('button.button.main', {}, both('查询', 'Look up'))
  const form = h('form.row', { novalidate: true, 'aria-label': both('查卡', 'Find a card') })
  form.append(field(both('卡号', 'Card number'), input), submit)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    fill(region)
    number = input.value.replaceAll(/\D/g, '')
    void whileBusy(submit, show)
  })
  return form
}

function cardOf(story, region) {
  const { card, issuerName, balance, owed } = story
  const fact = (name, ...value) => [h('dt', {}, name), h('dd', {}, ...value)]
  const [tag, state] = card ? cardStates[card.state] : ['badge', both('非本平台发行', 'Not issued here')]
  return h(
    'article.card.stack',
    { 'aria-label': both('这张卡', 'The card') },
    h('div.row.apart', {}, h('strong.mono', {}, number), h(`span.${tag}`, {}, state)),
    balanceOf(balance),
    h(
      'dl.facts',
      {},
      fact(both('发卡机构', 'Issuer'), issuerName),
      ...(card
        ? [
            fact(both('产品', 'Product'), nameOf(card.product)),
            fact(both('有效期', 'Valid'), `${card.validFrom} – ${card.validTo}`),
            fact(both('记名', 'Named'), card.named ? both('是', 'Yes') : both('否', 'No'))
          ]
        : [])
    ),
    owed.map(({ amount }) =>
      h(
        'p.notice.warn',
        {},
        both(
          `待补登 ${yuan(amount)}：下次充值时到账`,
          `Owed ${yuan(amount)}: loaded when the card is next at a load terminal`
        )
      )
    ),
    journeysOf(story),
    claimsOf(story),
    card ? actionsOf(card, region) : null
  )
}

function actionsOf(card, region) {
  if (card.state === 'STOCK') return issueForm(card, region)
  const buttons = []
  const act = (path, body, text, tone = 'button') =>
    h(
      tone === 'main' ? 'button.button.main' : 'button.button',
      {
        type: 'button',
        onclick: (event) =>
          void whileBusy(event.currentTarget, () => send(region, path, { cardNumber: number, ...body }))
      },
      text
    )
  if (card.state === 'ACTIVE') buttons.push(act('block', { blocked: true }, both('挂失', 'Stop it: lost')))
  if (card.state === 'BLOCKED') buttons.push(act('block', { blocked: false }, both('解挂', 'It was found')))
  const product = products.find(({ code }) => code === card.product)
  if (card.state === 'ACTIVE' && card.named && !product?.named)
    buttons.push(act('holder', { holder: null }, both('注销记名', 'Forget the holder')))
  return h(
    'div.stack',
    {},
    h('div.row', {}, buttons),
    card.state === 'ACTIVE' && !card.named
      ? h(
          'details',
          {},
          h('summary', {}, both('记名', 'Name it')),
          holderForm(region, 'holder', both('记名', 'Name it'))
        )
      : null,
    card.state === 'ACTIVE' || card.state === 'BLOCKED' ? claimForm(card, { show, region }) : null
  )
}

function issueForm(card, region) {
  const product = products.find(({ code }) => code === card.product)
  const price = product?.priceFen ?? 0
  return h(
    'div.stack-tight',
    {},
    h(
      'p',
      {},
      product?.form === 'deposit'
        ? both(`收押金 ${yuan(price)}`, `Deposit ${yuan(price)}`)
        : both(`售价 ${yuan(price)}`, `Price ${yuan(price)}`)
    ),
    product?.named
      ? holderForm(region, 'issue', both('实名发卡', 'Issue it'))
      : h(
          'button.button.main',
          {
            type: 'button',
            onclick: (event) => void whileBusy(event.currentTarget, () => send(region, 'issue', { cardNumber: number }))
          },
          both('发卡', 'Issue it')
        )
  )
}

function holderForm(region, path, text) {
  const name = h('input', { id: 'holder-name', name: '/holder/name', autocomplete: 'off', maxlength: 60 })
  const document = h('input', {
    id: 'holder-number',
    name: '/holder/document/number',
    autocomplete: 'off',
    maxlength: 18
  })
  const consent = h('input', { id: 'holder-consent', type: 'checkbox' })
  const submit = h('button.button.main', {}, text)
  const form = h('form.stack-tight', { novalidate: true })
  form.append(
    field(both('姓名', 'Name'), name),
    field(both('居民身份证', 'Identity card'), document),
    h('label.row', {}, consent, both('持卡人同意记名，可随时注销', 'The holder consents, and may withdraw it')),
    submit
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const holder = {
      name: name.value.trim(),
      document: { kind: '01', number: document.value.trim() },
      consent: consent.checked
    }
    void whileBusy(submit, () => send(region, path, { cardNumber: number, holder }, form))
  })
  return form
}

function issueVirtual(region) {
  const issuer = h('input', {
    id: 'virtual-issuer',
    name: '/issuer',
    inputmode: 'numeric',
    maxlength: 8,
    value: '02205810'
  })
  const submit = h('button.button', {}, both('开通虚拟卡', 'Open a virtual card'))
  const form = h('form.card.stack-tight', { novalidate: true })
  form.append(h('h2', {}, both('虚拟卡', 'Virtual card')), field(both('发卡机构', 'Issuer'), issuer), submit)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void whileBusy(submit, () =>
      send(region, 'issue-virtual', { issuer: issuer.value.trim(), product: 'VIRTUAL' }, form)
    )
  })
  return form
}

async function send(region, path, body, form) {
  fill(region)
  try {
    const card = await withSession(role, (session) => call('POST', `/v1/cards/${path}`, { session, body }))
    if (!card) return
    number = card.cardNumber
    await show()
  } catch (problem) {
    showProblem(region, problem, form)
  }
}

function nameOf(code) {
  return products.find((product) => product.code === code)?.name ?? code
}

async function begin() {
  if (sessionOf(role) && products.length === 0)
    products =
      (await withSession(role, (session) => call('GET', '/v1/card-products', { session })).catch(() => [])) ?? []
  await show()
}

startPage({ role })
document.addEventListener('session', () => void begin())
void begin()
