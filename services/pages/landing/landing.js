// The figures of the running province, from the same open API as everything else, asked for again while one looks.
import { call } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { count, shortDay, yuan } from '../shell/format.js'
import { startPage } from '../shell/frame.js'
import { both } from '../shell/language.js'
import { showProblem } from '../shell/notice.js'

const askAgainMs = 15_000
const figures = document.querySelector('#figures')

function figure(name, value) {
  return h('div', {}, h('dt', {}, name), h('dd', {}, value))
}

async function showFigures() {
  try {
    const overview = await call('GET', '/v1/overview')
    document.querySelector('#sample-note').hidden = !overview.sample
    fill(
      figures,
      figure(both('客运站与港口', 'Stations and ports'), `${count(overview.stations)} + ${count(overview.ports)}`),
      figure(both('线路', 'Lines'), count(overview.lines)),
      figure(both('今日班次', 'Departures today'), count(overview.departuresToday)),
      figure(both('已清分刷卡交易', 'Card transactions cleared'), count(overview.transactionsCleared)),
      figure(both('已清分金额', 'Amount cleared'), yuan(overview.amountCleared)),
      figure(
        both('最近发布的清算日', 'Last day published'),
        overview.lastPublishedDay ? shortDay(overview.lastPublishedDay) : '—'
      )
    )
  } catch (problem) {
    showProblem(figures, problem)
  }
}

startPage()
await showFigures()
setInterval(() => void showFigures(), askAgainMs)
