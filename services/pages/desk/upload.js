// Sending card files: dropped or chosen, streamed as they are, with their detached signature when one lies beside them.
import { Problem } from '../shell/api.js'
import { announce, fill, h } from '../shell/element.js'
import { bytes } from '../shell/format.js'
import { both } from '../shell/language.js'
import { problemNotice } from '../shell/notice.js'

const askEveryMs = 800
const formats = [
  ['', both('格式：按文件名判断', 'Format: from the file name')],
  ['cttic', both('交通联合 CD 文件', 'T-Union CD file')],
  ['shenzhen-open-data', both('深圳开放数据 CSV', 'Shenzhen open-data CSV')]
]

export function uploadSection(desk) {
  const format = h(
    'select',
    { 'aria-label': both('文件格式', 'File format') },
    formats.map(([value, text]) => h('option', { value }, text))
  )
  const list = h('ul.stack-tight', { 'aria-live': 'polite' })
  const input = h('input.only-heard', { type: 'file', multiple: true, id: 'card-files' })
  const send = (files) => void sendAll([...files], { format: format.value, list, desk })
  const area = h(
    'div.drop',
    {},
    h('strong', {}, both('把文件拖到这里', 'Drop files here')),
    h(
      'span.small.soft',
      {},
      both('同名 .sig 文件作为 SM2 分离签名一并送交', 'A .sig of the same name goes along as its SM2 signature')
    ),
    h(
      'div.row.centred',
      {},
      input,
      h('label.button', { for: 'card-files' }, both('选择文件', 'Choose files')),
      h('span.field', {}, format)
    )
  )
  input.addEventListener('change', () => (send(input.files), (input.value = '')))
  for (const name of ['dragenter', 'dragover'])
    area.addEventListener(name, (event) => (event.preventDefault(), area.classList.add('over')))
  area.addEventListener('dragleave', () => area.classList.remove('over'))
  area.addEventListener('drop', (event) => {
    event.preventDefault()
    area.classList.remove('over')
    send(event.dataTransfer.files)
  })
  return h('section.stack-tight', {}, area, list)
}

async function sendAll(files, { format, list, desk }) {
  const signatures = new Map(
    files.filter(({ name }) => name.endsWith('.sig')).map((file) => [file.name.slice(0, -4), file])
  )
  for (const file of files.filter(({ name }) => !name.endsWith('.sig')))
    await sendOne(file, { signature: signatures.get(file.name), format, list, desk })
}

async function sendOne(file, { signature, format, list, desk }) {
  const bar = h('progress', { max: 1, value: 0, 'aria-label': both(`送交 ${file.name}`, `Sending ${file.name}`) })
  const said = h('span.small.soft')
  const item = h(
    'li.work',
    {},
    h('div.row.apart', {}, h('strong.mono', {}, file.name), h('span.small.soft', {}, bytes(file.size))),
    bar,
    said
  )
  list.prepend(item)
  try {
    announce(said, both('正在送交…', 'Sending…'))
    const query = new URLSearchParams({ name: file.name, ...(format ? { format } : {}) })
    const headers = signature ? { 'x-sm2-signature': await base64Of(signature) } : {}
    const arrival = await stream({
      path: `/v1/clearing/files?${query}`,
      file,
      headers,
      token: desk.session()?.token,
      onSent: (part) => (bar.value = part)
    })
    announce(said, both('已送达，等待后台处理…', 'Arrived; waiting for a worker…'))
    const outcome = await takenIn(arrival, desk)
    if (outcome) announce(said, ...outcomeWords(outcome))
    await desk.refresh()
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem
    fill(item, item.firstElementChild, problemNotice(problem))
  } finally {
    bar.remove()
  }
}

/** XMLHttpRequest, because fetch does not tell how much has been sent. The file streams from disk. */
function stream({ path, file, headers, token, onSent }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', path)
    request.responseType = 'json'
    for (const [name, value] of Object.entries({
      ...headers,
      'content-type': 'application/octet-stream',
      authorization: `Bearer ${token}`
    }))
      request.setRequestHeader(name, value)
    request.upload.addEventListener('progress', ({ loaded, total }) => onSent(total > 0 ? loaded / total : 1))
    const fail = () => reject(new Problem(request.response?.code ? request.response : broken, request.status))
    request.addEventListener('load', () => (request.status < 300 ? resolve(request.response) : fail()))
    request.addEventListener('error', fail)
    request.send(file)
  })
}

const broken = {
  code: 'unreachable',
  title: '上传中断，请重试；重复送交不会重复入账',
  title_en: 'The upload broke off. Try again: sending twice counts once.'
}

/** Asks until a worker has taken the file in; null when the view is left before. */
async function takenIn(arrival, { ask, left }) {
  let latest = arrival
  while (latest?.state === 'waiting') {
    await new Promise((resolve) => setTimeout(resolve, askEveryMs))
    if (left.aborted) return null
    latest = await ask(`/v1/clearing/arrivals/${arrival.id}`)
  }
  return latest
}

function outcomeWords({ state, code }) {
  return state === 'taken'
    ? [both('✓ 已受理', '✓ Accepted'), 'good']
    : [both(`✗ 已拒收 ${code ?? ''}，原因见下方列表`, `✗ Refused ${code ?? ''}; the list below says why`), 'bad']
}

async function base64Of(file) {
  const content = new Uint8Array(await file.arrayBuffer())
  return btoa(String.fromCharCode(...content))
}
