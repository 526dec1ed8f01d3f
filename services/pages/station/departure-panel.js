// One departure: what was done, what comes next (报班 → 检票口 → 开检 → 发班), and what is out of the ordinary. The next step has the button
// that Enter presses; a form that is open is not disturbed by news.
import { callForBlob, newId, platformNow } from '../shell/api.js'
import { field, fill, h, whileBusy } from '../shell/element.js'
import { clockOf, moment } from '../shell/format.js'
import { both } from '../shell/language.js'
import { noticeRegion, showProblem } from '../shell/notice.js'
import { withSession } from '../shell/session.js'
import { stateWords } from '../board/board-words.js'
import { countsView } from './counts.js'
import { reportForm } from './report-form.js'

const running = new Set(['ON_SALE', 'SALE_STOPPED', 'REPORTED', 'CHECKING', 'DELAYED'])

export function departurePanel({ desk, close, disrupt }) {
  let shown = ''
  let form = null
  return {
    draw(panel, row) {
      const news = JSON.stringify(row)
      if (news === shown && panel.childElementCount > 0 && panel.dataset.departure === String(row.departure)) return
      if (form && panel.dataset.departure === String(row.departure) && panel.contains(document.activeElement)) return
      const another = panel.dataset.departure !== String(row.departure)
      shown = news
      panel.dataset.departure = row.departure
      form = null
      const region = noticeRegion()
      const act = async (button, work) => {
        await whileBusy(button, async () => {
          try {
            await work()
            form = null
            fill(region)
            await desk.refresh()
          } catch (problem) {
            showProblem(region, problem)
          }
        })
      }
      const openForm = (element) => (form = element)
      fill(panel, ...panelOf({ desk, row, act, region, openForm, close, disrupt }))
      if (another) panel.querySelector('.next .button, .step .button, h2')?.focus()
    }
  }
}

function panelOf({ desk, row, act, region, openForm, close, disrupt }) {
  const { words, tone } = stateWords(row)
  const at = `/v1/station/departures/${row.departure}/places/${desk.place.code}`
  const late = row.plannedAt && row.plannedAt !== row.departsAt
  return [
    h(
      'div.row.apart',
      {},
      h('button.button.quiet.slim', { type: 'button', onclick: close }, both('← 返回', '← Back')),
      h(`span.badge${tone && tone !== 'over' ? `.${tone}` : ''}`, {}, words)
    ),
    h('h2', { tabindex: '-1' }, `${clockOf(row.departsAt)} → `, row.toName),
    h(
      'p.soft.small',
      {},
      row.number,
      ' · ',
      late ? both(`原定 ${clockOf(row.plannedAt)}`, `planned ${clockOf(row.plannedAt)}`) : untilText(row),
      ' · ',
      both(`售 ${row.sold}，检 ${row.checked}`, `${row.sold} sold, ${row.checked} in`)
    ),
    region,
    h('div.steps', {}, stepsOf({ desk, row, at, act, openForm })),
    row.dispatch ? countsView({ desk, row, act }) : null,
    actionsOf({ desk, row, at, disrupt })
  ]
}

function untilText({ departsAt }) {
  const minutes = Math.round((Date.parse(departsAt) - platformNow()) / 60_000)
  if (minutes > 180 || minutes < -180) return moment(departsAt)
  if (minutes < 0) return both(`已过 ${-minutes} 分钟`, `${-minutes} min ago`)
  return both(`还有 ${minutes} 分钟`, `in ${minutes} min`)
}

function stepsOf({ desk, row, at, act, openForm }) {
  const open = running.has(row.state)
  const checking = row.state === 'CHECKING' || row.state === 'DISPATCHED'
  const next = !open ? null : !row.report ? 'report' : !checking ? 'check-in' : 'dispatch'
  const press = (name, text) => {
    const button = h(`button.button.slim${next === name ? '.main' : ''}`, { type: 'button' }, text)
    button.addEventListener('click', () => void act(button, () => desk.ask('PUT', `${at}/${name}`)))
    return button
  }
  const mark = (name, done) => (done ? 'done' : next === name ? 'next' : '')
  const all = { desk, row, at, act, openForm, open, checking, next, press, mark }
  return [reportStep(all), bayStep(all), checkInStep(all), dispatchStep(all)]
}

function reportStep({ desk, row, act, openForm, open, next, mark }) {
  const { report } = row
  const crew = report?.crew.map(({ name }) => name).join('、')
  const form = (place) => openForm(reportForm({ desk, row, act, place }))
  return step({
    mark: '1',
    state: mark('report', report !== null),
    title: both('报班', 'Report'),
    text: report
      ? both(
          `${report.conveyance}（载客 ${report.places}）· ${crew}`,
          `${report.conveyance} (${report.places} places) · ${crew}`
        )
      : null,
    button: open ? formButton(report ? both('更换', 'Change') : both('报班', 'Report'), next === 'report', form) : null
  })
}

function bayStep({ desk, row, at, act, openForm, open, mark }) {
  const { gate, bay } = row
  const form = (place) => openForm(bayForm({ desk, row, at, act, place }))
  return step({
    mark: '2',
    state: mark('bay', gate !== null || bay !== null),
    title: row.mode === 'ferry' ? both('检票口与泊位', 'Gate and berth') : both('检票口与发车位', 'Gate and bay'),
    text: gate || bay ? both(`${gate ?? '—'} 号口 · ${bay ?? '—'}`, `Gate ${gate ?? '—'} · ${bay ?? '—'}`) : null,
    button: open ? formButton(both('分配', 'Assign'), false, form) : null
  })
}

function checkInStep({ row, open, checking, press, mark }) {
  const from = clockOf(row.checkInOpensAt)
  return step({
    mark: '3',
    state: mark('check-in', checking),
    title: both('开检', 'Check-in'),
    text: checking ? null : both(`${from} 起`, `from ${from}`),
    button: open && !checking ? press('check-in', both('开检', 'Open')) : null
  })
}

function dispatchStep({ row, open, press, mark }) {
  const { dispatch, mode } = row
  const name = mode === 'ferry' ? both('开航', 'Dispatch') : both('发班', 'Dispatch')
  const left = dispatch ? clockOf(dispatch.dispatchedAt) : ''
  return step({
    mark: '4',
    state: mark('dispatch', dispatch !== null),
    title: name,
    text: dispatch ? both(`${left} 发出，漏乘 ${dispatch.missed}`, `left ${left}, ${dispatch.missed} missed it`) : null,
    button: open && !dispatch ? press('dispatch', name) : null
  })
}

function step({ mark, state, title, text, button }) {
  return h(
    `div.step${state ? `.${state}` : ''}`,
    {},
    h('span.mark', { 'aria-hidden': 'true' }, state === 'done' ? '✓' : mark),
    h('div', {}, h('strong', {}, title), text ? h('div.small.soft', {}, text) : null),
    button
  )
}

/** Opens a form below its step; pressed again it goes away. */
function formButton(text, main, make) {
  const button = h(`button.button.slim${main ? '.main' : ''}`, { type: 'button', 'aria-expanded': 'false' }, text)
  button.addEventListener('click', () => {
    const row = button.closest('.step')
    const there = row.querySelector('.form')
    button.setAttribute('aria-expanded', String(!there))
    if (there) return there.remove()
    const place = h('div.form')
    row.append(place)
    make(place)
  })
  return button
}

function bayForm({ row, at, desk, act, place }) {
  const gate = h('input', {
    id: 'gate',
    inputmode: 'numeric',
    maxlength: 3,
    value: String(row.gate ?? ''),
    autocomplete: 'off'
  })
  const bay = h('input', { id: 'bay', maxlength: 12, value: row.bay ?? '', autocomplete: 'off' })
  const submit = h('button.button.main.slim', {}, both('确定', 'Assign'))
  const form = h(
    'form.stack-tight',
    { novalidate: true },
    h(
      'div.fields',
      {},
      field(both('检票口', 'Gate'), gate),
      field(row.mode === 'ferry' ? both('泊位', 'Berth') : both('发车位', 'Bay'), bay)
    ),
    submit
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const body = { gate: /^\d+$/.test(gate.value) ? Number(gate.value) : null, bay: bay.value.trim() || null }
    void act(submit, () => desk.ask('PUT', `${at}/bay`, body))
  })
  fill(place, form)
  gate.focus()
  return form
}

function actionsOf({ desk, row, at, disrupt }) {
  const buttons = []
  if (!['DISPATCHED', 'ARRIVED'].includes(row.state))
    buttons.push(
      h(
        'button.button.danger.slim',
        { type: 'button', onclick: () => disrupt([row.departure]) },
        both('异常处置…', 'Disrupt…')
      )
    )
  if (running.has(row.state) && row.report) buttons.push(admitButton({ desk, row }))
  if (row.dispatch) buttons.push(manifestButton({ desk, row, at }))
  return h('div.actions.row', {}, buttons)
}

/** 补检、混检 by ticket number. */
function admitButton({ desk, row }) {
  const button = h('button.button.slim', { type: 'button' }, both('补检、混检…', 'Let aboard…'))
  button.addEventListener('click', () => {
    const region = noticeRegion()
    const ticket = h('input', { id: 'admit-ticket', maxlength: 20, autocomplete: 'off', autocapitalize: 'characters' })
    const submit = h('button.button.main', {}, both('准予上车', 'Let aboard'))
    const dialog = h('dialog', { 'aria-labelledby': 'admit-title' })
    const form = h(
      'form.stack-tight',
      { novalidate: true },
      h('h2', { id: 'admit-title' }, both('补检、混检', 'Let a passenger aboard')),
      h(
        'p.soft.small',
        {},
        both(
          '迟到的本班旅客，或同线路其他班次的客票；请先核对证件。',
          'Late for this departure, or with a ticket for another one of the line. Look at the document first.'
        )
      ),
      field(both('客票号', 'Ticket number'), ticket),
      region,
      h(
        'div.row.apart',
        {},
        submit,
        h('button.button.quiet', { type: 'button', onclick: () => dialog.close() }, both('关闭', 'Close'))
      )
    )
    const id = newId()
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      const body = { ticketNo: ticket.value.trim().toUpperCase(), departure: row.departure, place: desk.place.code }
      void whileBusy(submit, async () => {
        try {
          if (await desk.ask('PUT', `/v1/station/admissions/${id}`, body)) dialog.close()
          await desk.refresh()
        } catch (problem) {
          showProblem(region, problem)
        }
      })
    })
    dialog.append(form)
    dialog.addEventListener('close', () => dialog.remove())
    document.body.append(dialog)
    dialog.showModal()
  })
  return button
}

function manifestButton({ desk, row, at }) {
  const button = h(
    'button.button.slim',
    { type: 'button' },
    row.mode === 'ferry' ? both('下载舱单', 'Manifest') : both('下载乘客清单', 'Manifest')
  )
  button.addEventListener('click', () =>
    whileBusy(button, async () => {
      const blob = await withSession(desk.role, (session) => callForBlob(`${at}/manifest`, { session }))
      if (!blob) return
      const link = h('a', { href: URL.createObjectURL(blob), download: `manifest-${row.number}.csv` })
      link.click()
      URL.revokeObjectURL(link.href)
    })
  )
  return button
}
