// How a ticket reaches the gate: camera, reader or keyboard, and the document. A reader is a keyboard that types fast and
// presses Enter, so the field takes every key that is not meant for another.
import { announce, fill, h } from '../shell/element.js'
import { both } from '../shell/language.js'
import { normaliseNumber } from '../../identity/document-rules.ts'
import { documentFields } from '../buy/document-fields.js'
import { CameraError, startCamera } from './camera.js'
import { wakeSound } from './sound.js'

/** The same code seen again within this time is the same phone still held there. */
const sameCodeMs = 4000
/** A resident card's number, as card readers type it: 17 digits and a check character. */
const cardNumber = /^\d{17}[\dX]$/

/** `check({code})` or `check({document})` for whatever was shown; `speaking(on)` when speech is switched. */
export function inputPanel({ left, check, speaking }) {
  const code = h('input.code-input', {
    id: 'code',
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    placeholder: both('扫码枪、读卡器或键入', 'Reader, card or keyboard')
  })
  const form = h(
    'form.field',
    {},
    h('label', { for: 'code' }, both('乘车码或身份证号', 'Ticket code or identity number')),
    code
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    wakeSound()
    const text = code.value.trim()
    code.value = ''
    if (text !== '') check(shownBy(text))
  })
  takeStrayKeys(code, left)
  const byDocument = documentPanel(check)
  const speech = h('input', { type: 'checkbox', id: 'speech', onchange: () => speaking(speech.checked) })
  const element = h(
    'div.stack-tight',
    {},
    viewfinder({ left, check }),
    form,
    byDocument.element,
    h('label.row', { for: 'speech' }, speech, both('语音播报', 'Say the answer aloud'))
  )
  return { element, focus: () => code.focus(), askDocument: byDocument.ask }
}

/** Ticket codes are longer than any document number. */
function shownBy(text) {
  const normal = normaliseNumber(text)
  return cardNumber.test(normal) ? { document: { kind: '01', number: normal } } : { code: text }
}

function takeStrayKeys(code, left) {
  const typing = new Set(['INPUT', 'SELECT', 'TEXTAREA', 'BUTTON', 'SUMMARY', 'A'])
  const onKey = (event) => {
    const plain = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey
    if (plain && !typing.has(document.activeElement.tagName)) code.focus()
  }
  document.addEventListener('keydown', onKey, { signal: left })
}

function documentPanel(check) {
  const { fields, number, read } = documentFields({ id: 'gate-document', path: '/document', changed: () => undefined })
  const form = h('form.stack-tight', {}, fields, h('button.button.wide', {}, both('核验证件', 'Check the document')))
  const element = h('details', {}, h('summary', {}, both('其他证件、纸质凭条', 'Other documents, paper slips')), form)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    wakeSound()
    const document = read()
    if (!document) return number.focus()
    number.value = ''
    check({ document })
  })
  const ask = () => {
    element.open = true
    setTimeout(() => number.focus())
  }
  return { element, ask }
}

function viewfinder({ left, check }) {
  const video = h('video', { muted: true, playsinline: true, hidden: true })
  const said = h('p', { 'aria-live': 'polite' })
  const start = h('button.button.main', { type: 'button' }, both('打开摄像头', 'Open the camera'))
  const aim = h('div.aim', { hidden: true })
  const element = h('div.viewfinder', {}, video, aim, h('div', {}, said, start))
  const last = { text: '', at: 0 }
  const onCode = (text) => {
    const now = performance.now()
    if (text === last.text && now - last.at < sameCodeMs) return (last.at = now)
    Object.assign(last, { text, at: now })
    check({ code: text })
  }
  start.addEventListener('click', async () => {
    wakeSound()
    start.hidden = true
    announce(said, both('正在打开摄像头…', 'Opening the camera…'))
    try {
      const stop = await startCamera(video, onCode)
      left.addEventListener('abort', stop)
      fill(said)
      video.hidden = aim.hidden = false
    } catch (error) {
      if (!(error instanceof CameraError)) throw error
      announce(said, error.text)
      start.hidden = false
    }
  })
  return element
}
