// The front door: a search for those who want to travel, the ways in for everybody else, and the running province in figures from the
// same open API as everything, asked for again while one looks.
import { call, platformNow } from '../shell/api.js'
import { cityOfTyped } from '../shell/city-names.js'
import { fill, h } from '../shell/element.js'
import { addDays, count, dayOf, shortDay, yuan } from '../shell/format.js'
import { startPage } from '../shell/frame.js'
import { both } from '../shell/language.js'
import { showProblem } from '../shell/notice.js'
import { placeInput, suggestionsOf } from '../shell/place-input.js'

const askAgainMs = 15_000
const figures = document.querySelector('#figures')

/** Before the places are known one can already type; they only help. */
function showAsk() {
  const suggestions = []
  const from = placeInput({ id: 'from', label: both('出发', 'From'), value: '', suggestions })
  const to = placeInput({ id: 'to', label: both('到达', 'To'), value: '', suggestions })
  const form = document.querySelector('#ask')
  const days = [both('查今天', 'Today'), both('查明天', 'Tomorrow')].map((text, index) =>
    h(`button.button${index === 0 ? '.main' : ''}`, { value: index }, text)
  )
  form.append(h('div.ask-ends', {}, from.element, to.element), h('div.row', {}, days))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const day = addDays(dayOf(platformNow()), Number(event.submitter?.value ?? 0))
    const [start, end] = [from, to].map(({ input }) => cityOfTyped(input.value.trim()))
    const asked = { from: start, to: end, day }
    const missing = [from, to].find(({ input }) => input.value.trim() === '')
    if (missing) return missing.input.focus()
    location.assign(`/buy#/search?${new URLSearchParams(asked)}`)
  })
  void call('GET', '/v1/places').then(
    (places) => suggestions.push(...suggestionsOf(places)),
    () => undefined
  )
}

function figure(name, value, more) {
  return h('div', {}, h('dt', {}, name, more ? h('span.small', {}, ' · ', more) : null), h('dd', {}, value))
}

async function showFigures() {
  try {
    const overview = await call('GET', '/v1/overview')
    document.querySelector('#sample-note').hidden = !overview.sample
    const { departuresToday, departuresAhead, ticketsToday, lastPublishedDay } = overview
    fill(
      figures,
      figure(
        both('今日班次', 'Departures today'),
        count(departuresToday),
        both(`${count(departuresAhead)} 班待发`, `${count(departuresAhead)} to come`)
      ),
      figure(both('今日售票', 'Tickets sold today'), count(ticketsToday)),
      figure(
        both('客运站与港口', 'Stations and ports'),
        `${count(overview.stations)} + ${count(overview.ports)}`,
        both(`${count(overview.lines)} 条线路`, `${count(overview.lines)} lines`)
      ),
      figure(both('已清分刷卡交易', 'Card transactions cleared'), count(overview.transactionsCleared)),
      figure(both('已清分金额', 'Amount cleared'), yuan(overview.amountCleared)),
      figure(
        both('最近发布的清算日', 'Last day published'),
        lastPublishedDay ? shortDay(lastPublishedDay) : both('尚无', 'None yet')
      )
    )
  } catch (problem) {
    // Figures that are a little old say more than a fault about nothing.
    if (figures.childElementCount === 0) showProblem(figures, problem)
  }
}

startPage()
showAsk()
await showFigures()
setInterval(() => void (document.hidden || showFigures()), askAgainMs)
