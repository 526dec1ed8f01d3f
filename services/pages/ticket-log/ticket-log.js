// The ticket log for everybody: each day's signed head, and a proof checked here in the browser, by the same file the server checks it with.
// Nothing of the proof is sent anywhere.
import { plainSm2Verify } from '../../card-crypto/sm2-plain.ts'
import { checkConsistencyProof, checkTicketProof } from '../../ticket-log/proof-rules.ts'
import { call } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { count, dayName, moment } from '../shell/format.js'
import { startPage } from '../shell/frame.js'
import { both } from '../shell/language.js'
import { emptyState, loading, noticeRegion, showProblem } from '../shell/notice.js'

const main = document.querySelector('#main')

async function show() {
  fill(main, loading())
  try {
    const [heads, key] = await Promise.all([call('GET', '/v1/ticket-log/heads'), publicKey()])
    fill(main, h('div.stack', {}, introduction(), checkSection(heads, key), headsSection(heads, key)))
  } catch (problem) {
    const region = noticeRegion()
    fill(main, region)
    showProblem(region, problem)
  }
}

/** x‖y: the last 64 bytes of the PEM's DER, whatever precedes them. */
async function publicKey() {
  const pem = await (await fetch('/v1/ticket-log/key')).text()
  const der = Uint8Array.from(atob(pem.replaceAll(/-----[^-]+-----|\s/g, '')), (letter) => letter.charCodeAt(0))
  return der.slice(-64)
}

function introduction() {
  return h(
    'div.stack-tight',
    {},
    h('h1', {}, both('谁也不能悄悄改动的客票记录', 'A record of tickets nobody can alter unseen')),
    h(
      'p',
      {},
      both(
        '每一次售票、改签、退票、检票都进入一本只能追加的日志（SM3 默克尔树），每天的日志头用 SM2 签名公布。留下一份存证，任何人都能离线核验。',
        'Every sale, change, refund and check enters a log that can only grow: a Merkle tree over SM3, its head signed with SM2 and published every day. Keep a proof, and anybody can check it offline.'
      )
    )
  )
}

function checkSection(heads, key) {
  const answer = h('div', { role: 'status', 'aria-live': 'polite' })
  const input = h('input', { id: 'proof-file', type: 'file', accept: '.json,application/json' })
  input.addEventListener('change', () => void check(input.files[0], { heads, key, answer }))
  return h(
    'section.card.stack-tight',
    { 'aria-labelledby': 'check-title' },
    h('h2', { id: 'check-title' }, both('核验存证', 'Check a proof')),
    h('label', { for: 'proof-file' }, both('选择从“我的车票”下载的存证文件', 'Choose the file kept from My tickets')),
    input,
    h(
      'p.small.soft',
      {},
      both('在您的浏览器内核验，文件不上传。', 'Checked in your browser; the file is not sent anywhere.')
    ),
    answer
  )
}

async function check(file, { heads, key, answer }) {
  if (!file) return
  const isSigned = (message, signature) => plainSm2Verify(key, message, signature)
  try {
    const proof = JSON.parse(await file.text())
    const ofTicket = proof.format === 'ticket-log-proof/1'
    const fault = ofTicket ? checkTicketProof(proof, isSigned) : checkConsistencyProof(proof, isSigned)
    fill(answer, fault ? failed(fault) : ofTicket ? ticketHolds(proof, heads) : logHolds(proof))
  } catch {
    fill(answer, failed('this is not a proof of the ticket log'))
  }
}

function failed(fault) {
  return h('div.notice.bad', {}, h('strong', {}, both('核验不通过', 'It does not hold')), h('p.small', {}, fault))
}

function ticketHolds({ head, events, waiting }, heads) {
  const published = heads.some(({ root }) => root === head.root)
  return h(
    'div.notice.good.stack-tight',
    {},
    h(
      'strong',
      {},
      both(`核验通过：${events.length} 项记录都在日志中`, `It holds: all ${events.length} events are in the log`)
    ),
    h(
      'ul',
      {},
      events.map(({ at, event, state, ticketNo }) => h('li', {}, moment(at), ` · ${ticketNo} · ${event} → ${state}`))
    ),
    h(
      'p.small',
      {},
      both(`日志头 ${head.day}，含 ${count(head.size)} 项`, `Head of ${head.day} over ${count(head.size)} events`),
      published ? both('，与下方公布的一致。', ', as published below.') : both('。', '.')
    ),
    waiting > 0
      ? h('p.small', {}, both(`另有 ${waiting} 项待入日志。`, `${waiting} more wait for the next head.`))
      : null
  )
}

function logHolds({ before, after }) {
  return h(
    'p.notice.good',
    {},
    both(
      `核验通过：${after.day} 的日志（${count(after.size)} 项）只是在 ${before.day} 的日志（${count(before.size)} 项）之后追加`,
      `It holds: the log of ${after.day} (${count(after.size)} events) only added to that of ${before.day} (${count(before.size)})`
    )
  )
}

function headsSection(heads, key) {
  const title = h('h2', {}, both('每日日志头', 'Daily heads'))
  if (heads.length === 0)
    return h(
      'section.stack-tight',
      {},
      title,
      emptyState(
        both('还没有签署日志头', 'No head has been signed yet'),
        both('售出第一张票后一分钟内出现。', 'It appears within a minute of the first sale.')
      )
    )
  const rows = heads.map((head, at) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, dayName(head.day)),
      h('td', {}, count(head.size)),
      h('td.mono.small', {}, head.root),
      h('td', {}, heads[at + 1] ? consistency(heads[at + 1], head, key) : '')
    )
  )
  const columns = [
    both('签署日', 'Day'),
    both('事件数', 'Events'),
    both('根（SM3）', 'Root (SM3)'),
    both('承接前一日', 'Extends the day before')
  ]
  return h(
    'section.stack-tight',
    {},
    title,
    h(
      'div.table-scroll',
      { tabindex: '0', role: 'region', 'aria-label': both('每日日志头', 'Daily heads') },
      h(
        'table',
        {},
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            columns.map((text) => h('th', { scope: 'col' }, text))
          )
        ),
        h('tbody', {}, rows)
      )
    )
  )
}

/** Asked for and checked when somebody wants to know. */
function consistency(before, after, key) {
  const cell = h('span')
  const button = h('button.button.slim', { type: 'button' }, both('核验', 'Check'))
  button.addEventListener('click', async () => {
    const proof = await call('GET', `/v1/ticket-log/consistency?before=${before.size}&after=${after.size}`)
    const fault = checkConsistencyProof(proof, (message, signature) => plainSm2Verify(key, message, signature))
    fill(cell, fault ? h('span.badge.bad', {}, fault) : h('span.badge.good', {}, both('✓ 只增未改', '✓ only added')))
  })
  fill(cell, button)
  return cell
}

startPage()
void show()
