// Where the code that a window shows leads: the simulated cashier on the payer's own phone. The charge's key is in the address.
import { call } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { startPage } from '../shell/frame.js'
import { both } from '../shell/language.js'
import { emptyState, loading, noticeRegion, showProblem } from '../shell/notice.js'
import { cashier } from '../buy/cashier.js'

const main = document.querySelector('#main')

async function show() {
  const key = location.hash.slice(1)
  fill(main, loading())
  try {
    const { amount, choice } = await call('GET', `/v1/simulated-cashier/charges/${key}`)
    const title = h('h1', { tabindex: '-1' }, both('向窗口付款', 'Pay the window'))
    if (choice !== null) return fill(main, h('div.narrow.stack', {}, title, decided(choice)))
    fill(main, h('div.narrow.stack', {}, title, cashier({ payment: { key, state: 'PENDING' }, total: amount })))
  } catch (problem) {
    const region = noticeRegion()
    fill(main, region)
    showProblem(region, problem)
  }
}

function decided(choice) {
  return choice === 'failure'
    ? emptyState(both('这笔付款已撤销', 'This payment was given up'), both('没有扣款。', 'Nothing was charged.'))
    : emptyState(both('已付款', 'Paid'), both('请看窗口的屏幕。', 'See the window’s screen.'))
}

startPage()
window.addEventListener('hashchange', () => void show())
void show()
