// The code for the gate: fetched again before it grows old, with a ring that shows how long it lives. Paper carries one that
// never grows old and boards only together with the document.
import { call, callForBlob, platformNow } from '../shell/api.js'
import { fill, h, svg } from '../shell/element.js'
import { moment } from '../shell/format.js'
import { both } from '../shell/language.js'
import { findTicket } from '../buy/ticketing.js'
import { bindPhone, ownCode } from './phone-key.js'

const ring = 2 * Math.PI * 15
const lookEveryMs = 3000
/** A phone's own code is good for a minute. */
const ownEveryMs = 20_000

/** `changed` is called when the ticket can no longer show a code: it was checked, refunded, or its time is over. */
export function ticketCode({ ticketNo, session, left, changed }) {
  const image = h('img', { alt: both('检票二维码', 'QR code for the gate') })
  const [clock, text] = [h('div.code-clock', { 'aria-live': 'off' }), h('code.code-text.mono', { id: 'code-text' })]
  const view = {
    ticketNo,
    session,
    left,
    changed,
    image,
    clock,
    text,
    dueAt: 0,
    ownDueAt: 0,
    phone: null,
    printing: false
  }
  void keepFresh(view)
  return h(
    'section.code',
    { 'aria-label': both('检票二维码', 'Code for the gate') },
    h('div.code-image', {}, image),
    clock,
    h('details', {}, h('summary', {}, both('二维码内容（可键入）', 'What the code says, to type')), text),
    h(
      'button.button.quiet.slim.on-screen',
      { type: 'button', onclick: () => void printSlip(view) },
      both('打印纸质凭条', 'Print a slip')
    )
  )
}

/** Looks at the ticket often, so that its holder sees at once what a gate did to it, and fetches the code when it is due. */
async function keepFresh(view) {
  while (!view.left.aborted) {
    try {
      if (!document.hidden && !view.printing && !(await isFresh(view))) return
    } catch (problem) {
      if (problem.name !== 'Problem') throw problem
      if (problem.status !== 0) return view.left.aborted || view.changed()
      showWithoutNetwork(view)
    }
    const untilDue = Math.max(0, view.dueAt - performance.now())
    await new Promise((resolve) => setTimeout(resolve, Math.min(lookEveryMs, untilDue || lookEveryMs)))
  }
}

/** The phone's own code while it has a key for the ticket; it is as good at the gate as ours. */
function showWithoutNetwork(view) {
  if (!view.phone) return fill(view.clock, both('没有网络：请出示购票证件检票', 'No network: board with your document'))
  if (performance.now() < view.ownDueAt) return
  const { text, image } = ownCode(view.phone)
  view.image.src = image
  fill(view.text, text)
  view.ownDueAt = performance.now() + ownEveryMs
  view.dueAt = 0
  fill(
    view.clock,
    both('没有网络：本机自动生成的乘车码，照常可用', 'No network: your phone makes the code itself, and it works')
  )
}

/** False when there is nothing left to keep fresh. */
async function isFresh(view) {
  const ticket = await findTicket(view.session, view.ticketNo)
  if (view.left.aborted) return false
  if (ticket.state !== 'ISSUED') {
    view.changed()
    return false
  }
  if (performance.now() < view.dueAt) return true
  const code = await fetchCode(view, 'phone')
  view.dueAt = performance.now() + code.refreshSeconds * 1000
  countDown(view, code)
  view.phone ??= await bindPhone(view).catch(onlyProblems)
  return true
}

/** Without a key of its own a phone shows our codes as long as there is a network. */
function onlyProblems(problem) {
  if (problem.name !== 'Problem') throw problem
  return null
}

async function fetchCode({ ticketNo, session, image, text }, form) {
  const code = await call('GET', `/v1/tickets/${ticketNo}/code?form=${form}`, { session })
  const drawn = await callForBlob(`/v1/tickets/${ticketNo}/code.svg?form=${form}`, { session })
  URL.revokeObjectURL(image.src)
  image.src = URL.createObjectURL(drawn)
  fill(text, code.payload)
  return code
}

/** The seconds come from the platform, so a phone whose clock is wrong still shows a good code. */
function countDown({ clock, left }, { refreshSeconds, notBefore, notAfter }) {
  const arc = svg('circle', { class: 'left', cx: 18, cy: 18, r: 15, 'stroke-dasharray': ring, 'stroke-dashoffset': 0 })
  const seconds = h('strong')
  const drawing = svg(
    'svg',
    { viewBox: '0 0 36 36', 'aria-hidden': 'true' },
    svg('circle', { cx: 18, cy: 18, r: 15 }),
    arc
  )
  fill(
    clock,
    drawing,
    h('span', {}, seconds, both(' 秒后刷新', ' s until it changes')),
    h('span.small', {}, gateTimes(notBefore, notAfter))
  )
  const until = performance.now() + refreshSeconds * 1000
  const tick = () => {
    const rest = Math.max(0, until - performance.now()) / 1000
    arc.setAttribute('stroke-dashoffset', String(ring * (1 - rest / refreshSeconds)))
    fill(seconds, String(Math.ceil(rest)))
    if (rest > 0 && !left.aborted) setTimeout(tick, 500)
  }
  tick()
}

function gateTimes(notBefore, notAfter) {
  const [from, to] = [moment(notBefore), moment(notAfter)]
  return Date.parse(notBefore) > platformNow()
    ? both(`${from.zh} 开始检票`, `Gates open ${from.en}`)
    : both(`检票至 ${to.zh}`, `Gates close ${to.en}`)
}

async function printSlip(view) {
  view.printing = true
  const code = await fetchCode(view, 'slip')
  fill(
    view.clock,
    both('纸质凭条：检票时须出示购票证件', 'Paper slip: show it together with your document'),
    h('span.small', {}, gateTimes(code.notBefore, code.notAfter))
  )
  await view.image.decode()
  window.print()
  Object.assign(view, { printing: false, dueAt: 0 })
}
