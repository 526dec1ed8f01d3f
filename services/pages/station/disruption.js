// 异常处置 in four steps in one dialog: what (delay, cancel, suspend …), a preview of who and what it touches, a deliberate confirmation,
// and then how far it is. The command has its id from the first preview on, so pressing twice is once.
import { newId } from '../shell/api.js'
import { fill, h, whileBusy } from '../shell/element.js'
import { clockOf, count, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { noticeRegion, showProblem } from '../shell/notice.js'
import { disruptionForm, stopping } from './disruption-form.js'
import { kindWords, progressView } from './disruption-progress.js'

export function openDisruption(desk, departures) {
  const rows = desk.rows.filter(({ departure }) => departures.includes(departure))
  const { dialog, body } = openDialog()
  formStep({ desk, rows, body, dialog, id: newId() })
}

/** How far an earlier command is. */
export function showDisruption(desk, id) {
  const { dialog, body } = openDialog()
  progressStep({ desk, body, dialog, id })
}

function openDialog() {
  const body = h('div.stack-tight')
  const dialog = h('dialog.big-dialog', { 'aria-labelledby': 'disruption-title' }, body)
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  return { dialog, body }
}

function formStep(step) {
  const { desk, rows, body, dialog, id } = step
  const inputs = disruptionForm({ desk, rows, given: step.request })
  const region = noticeRegion()
  const submit = h('button.button.main', {}, both('预览', 'Preview'))
  const form = h(
    'form.stack-tight',
    { novalidate: true },
    h('h2', { id: 'disruption-title' }, both('异常处置', 'Disruption')),
    h('p.soft', {}, namesOf(rows)),
    inputs.elements,
    region,
    h('div.row.apart', {}, submit, closeButton(dialog))
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const request = inputs.read()
    if (!request) return
    void whileBusy(submit, async () => {
      try {
        const preview = await desk.ask('POST', '/v1/disruption-previews', request)
        if (preview) previewStep({ ...step, request, preview, id })
      } catch (problem) {
        showProblem(region, problem)
      }
    })
  })
  fill(body, form)
  inputs.focus()
}

function previewStep(step) {
  const { desk, body, dialog, request, preview, id } = step
  const region = noticeRegion()
  const confirm = h(
    'button.button.danger',
    { type: 'button' },
    both(`确认${textOfKind(request.kind).zh}`, `Confirm: ${textOfKind(request.kind).en}`)
  )
  const back = h('button.button.quiet', { type: 'button', onclick: () => formStep(step) }, both('← 修改', '← Change'))
  confirm.addEventListener('click', () =>
    whileBusy(confirm, async () => {
      try {
        if (!(await desk.ask('PUT', `/v1/disruptions/${id}`, request))) return
        desk.picked.clear()
        progressStep({ desk, body, dialog, id })
        void desk.refresh()
      } catch (problem) {
        showProblem(region, problem)
      }
    })
  )
  const touched = preview.departures.filter((one) => one.touched)
  const passed = preview.departures.length - touched.length
  fill(
    body,
    h(
      'h2',
      { id: 'disruption-title' },
      both(`预览：${textOfKind(request.kind).zh}`, `Preview: ${textOfKind(request.kind).en}`)
    ),
    figuresOf(preview, request, touched),
    passed > 0
      ? h(
          'p.notice.warn',
          {},
          both(
            `${passed} 个班次当前状态不能这样处置，将跳过`,
            `${passed} departures are not in a state for this and are passed over`
          )
        )
      : null,
    preview.needsManager && desk.role !== 'station-manager'
      ? h(
          'p.notice.warn',
          {},
          both('三个以上班次须由站长登录办理', 'More than three departures are for the station manager')
        )
      : null,
    h('ul.touched', {}, preview.departures.map(touchedRow)),
    region,
    h('div.row.apart', {}, back, h('div.row', {}, confirm, closeButton(dialog)))
  )
  body.querySelector('h2').tabIndex = -1
  back.focus()
}

function figuresOf({ tickets, orders, vehicles, unpaid, journeys, money, reach }, { kind, refund }, touched) {
  const told = reach.app + reach.channel
  const figure = (name, value) => h('div', {}, h('dt', {}, name), h('dd', {}, value))
  const byItself = stopping.has(kind) && refund === 'at-once'
  return h(
    'dl.figures',
    {},
    figure(both('班次', 'Departures'), count(touched.length)),
    figure(both('客票', 'Tickets'), count(tickets)),
    vehicles > 0 ? figure(both('其中车辆', 'Vehicles'), count(vehicles)) : null,
    figure(both('订单', 'Orders'), count(orders)),
    journeys > 0 ? figure(both('联程', 'Journeys'), count(journeys)) : null,
    unpaid > 0 ? figure(both('放弃未付', 'Unpaid, given up'), count(unpaid)) : null,
    figure(
      byItself ? both('自动退款', 'Goes back by itself') : both('票款', 'Money at stake'),
      yuan(byItself ? money.byItself : money.amount)
    ),
    money.atCounter > 0 ? figure(both('须到窗口退', 'At the counter'), yuan(money.atCounter)) : null,
    figure(both('可通知', 'Can be told'), count(told)),
    reach.none > 0 ? figure(both('无法通知', 'Cannot be told'), count(reach.none)) : null
  )
}

function touchedRow({ number, departsAt, toName, tickets, touched, alternatives }) {
  const ways = alternatives.map((one) => `${clockOf(one.departsAt)} (${one.placesLeft})`).join('，')
  return h(
    'li',
    {},
    h(
      'div.row.apart',
      {},
      h('span', {}, h('strong', {}, clockOf(departsAt)), ` → ${toName} `, h('span.small.soft', {}, number)),
      touched
        ? h('span.small', {}, both(`${tickets} 张票`, `${tickets} tickets`))
        : h('span.badge', {}, both('跳过', 'Passed over'))
    ),
    ways ? h('div.small.soft', {}, both(`可改乘：${ways}`, `Instead: ${ways}`)) : null
  )
}

function progressStep({ desk, body, dialog, id }) {
  const region = noticeRegion()
  const place = h('div')
  fill(
    body,
    h('h2', { id: 'disruption-title', tabindex: '-1' }, both('处置进度', 'How far it is')),
    place,
    region,
    h('div.row.apart', {}, h('span'), closeButton(dialog))
  )
  body.querySelector('h2').focus()
  const look = async () => {
    if (!dialog.isConnected) return
    try {
      const now = await desk.ask('GET', `/v1/disruptions/${id}`)
      if (now) fill(place, progressView(now))
      if (now?.state === 'DONE') return
    } catch (problem) {
      showProblem(region, problem)
    }
    setTimeout(() => void look(), 1500)
  }
  void look()
}

const textOfKind = (kind) => kindWords[kind]

function namesOf(rows) {
  const names = rows.slice(0, 6).map(({ departsAt, toName }) => `${clockOf(departsAt)} → ${toName}`)
  return names.join('，') + (rows.length > 6 ? ` … (${rows.length})` : '')
}

function closeButton(dialog) {
  return h('button.button.quiet', { type: 'button', onclick: () => dialog.close() }, both('关闭', 'Close'))
}
