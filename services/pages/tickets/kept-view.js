// A ticket and its code without a network, from what the phone has kept: the code the phone makes itself, new every twenty seconds, and
// beside it the printed form, which boards together with the document.
import { fill, h } from '../shell/element.js'
import { moment } from '../shell/format.js'
import { both } from '../shell/language.js'
import { qrPicture } from '../shell/qr-picture.js'
import { keptTicket, keptTickets } from './kept-tickets.js'
import { boundPhone, ownCode } from './phone-key.js'

/** A phone's own code is good for a minute. */
const newEveryMs = 20_000

const offlineNotice = () =>
  h(
    'p.notice.warn',
    { role: 'status' },
    both(
      '没有网络：以下为本机保存的车票，乘车码照常可用。',
      'No network: the tickets kept on this phone. Their codes work.'
    )
  )

/** `row` draws one ticket in a list. Null when nothing is kept. */
export function keptList(row) {
  const tickets = keptTickets()
  if (tickets.length === 0) return null
  return h(
    'div.narrow.stack',
    {},
    h('h1', { tabindex: '-1' }, both('我的车票', 'My tickets')),
    offlineNotice(),
    h(
      'ul.stack-tight',
      {},
      tickets.map((ticket) => h('li', {}, row(ticket)))
    )
  )
}

/** `head` and `face` draw the ticket as with a network. Null when it is not kept. */
export async function keptView(ticketNo, { head, face, left }) {
  const kept = keptTicket(ticketNo)
  if (!kept) return null
  const phone = await boundPhone(ticketNo).catch(() => null)
  return h(
    'div.narrow.stack',
    {},
    h('a', { href: '#/tickets' }, both('← 我的车票', '← My tickets')),
    offlineNotice(),
    h('article.e-ticket', {}, head(kept.ticket), codeOf(kept, phone, left), face(kept.ticket))
  )
}

function codeOf({ slip, clockOffsetMs }, phone, left) {
  const image = h('img', { alt: both('检票二维码', 'QR code for the gate') })
  const [words, text] = [h('div.code-clock', { 'aria-live': 'polite' }), h('code.code-text.mono', { id: 'code-text' })]
  const shown = { slip: phone === null }
  const draw = () => {
    const code = shown.slip
      ? { text: slip.payload, image: qrPicture(slip.payload) }
      : ownCode(phone, Date.now() + clockOffsetMs)
    image.src = code.image
    fill(text, code.text)
    fill(words, h('span', {}, shown.slip ? slipWords : ownWords), h('span.small', {}, hours(slip)))
  }
  draw()
  const timer = setInterval(() => !shown.slip && draw(), newEveryMs)
  left.addEventListener('abort', () => clearInterval(timer))
  const change = h('button.button.quiet.slim', { type: 'button' })
  const name = () =>
    fill(change, shown.slip ? both('改用动态码', 'The changing code') : both('改用凭条码', 'The printed code'))
  change.addEventListener('click', () => {
    shown.slip = !shown.slip
    draw()
    name()
  })
  name()
  return h(
    'section.code',
    { 'aria-label': both('检票二维码', 'Code for the gate') },
    h('div.code-image', {}, image),
    words,
    h('details', {}, h('summary', {}, both('二维码内容（可键入）', 'What the code says, to type')), text),
    phone ? change : null
  )
}

const ownWords = both('本机自动生成的乘车码', 'A code your phone makes itself')
const slipWords = both('凭条码：检票时须出示购票证件', 'The printed code: show it together with your document')

function hours({ notBefore, notAfter }) {
  const [from, to] = [moment(notBefore), moment(notAfter)]
  return both(`检票 ${from.zh} 至 ${to.zh}`, `Gates open ${from.en} to ${to.en}`)
}
