// Finding a departure: from, to and day on top, what runs below. The search is in the address, so it can be kept and sent.
import { call, platformNow } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { addDays, dayName, dayOf, shortDay, weekday } from '../shell/format.js'
import { cityOfTyped } from '../shell/city-names.js'
import { both } from '../shell/language.js'
import { whyNotOnSale } from '../shell/on-sale.js'
import { emptyState, loading, noticeRegion, showProblem } from '../shell/notice.js'
import { departureCard, modeFilter } from './departure-card.js'
import { journeyCard } from './journey-card.js'
import { placeInput, suggestionsOf } from '../shell/place-input.js'

const chipDays = 16
const journeysAtFirst = 8
const rememberedKey = 'last-search'

/** `query` is what the address says; `choose(departure)` goes on to the passengers. */
export async function searchView(main, { query, choose }) {
  fill(main, loading())
  const [places, lines, partnerPlaces] = await Promise.all([
    call('GET', '/v1/places'),
    call('GET', '/v1/lines'),
    call('GET', '/v1/partner-places')
  ])
  const known = new Set(places.map(({ name }) => name))
  const suggestions = suggestionsOf([...places, ...partnerPlaces.filter(({ name }) => !known.has(name))])
  const remembered = JSON.parse(localStorage.getItem(rememberedKey) ?? '{}')
  const wanted = {
    from: query.get('from') ?? remembered.from ?? '',
    to: query.get('to') ?? remembered.to ?? '',
    day: query.get('day') ?? dayOf(platformNow())
  }
  const results = h('section.stack-tight', { 'aria-live': 'polite', 'aria-labelledby': 'search-title' })
  const search = async () => {
    const asked = read(form)
    if (!asked.from || !asked.to) return showExamples(results, lines, go)
    localStorage.setItem(rememberedKey, JSON.stringify({ from: asked.from, to: asked.to }))
    history.replaceState(null, '', `#/search?${new URLSearchParams(asked)}`)
    await showResults(results, asked, choose)
  }
  const form = searchForm({ suggestions, wanted, search })
  const go = ({ from, to }) => {
    form.querySelector('#from').value = from
    form.querySelector('#to').value = to
    void search()
  }
  fill(
    main,
    h(
      'div.narrow.stack',
      {},
      h('h1', { id: 'search-title', tabindex: '-1' }, both('去哪里？', 'Where to?')),
      form,
      results
    )
  )
  await search()
}

function read(form) {
  const day = form.querySelector('input[name="day"]:checked')?.value ?? form.querySelector('#other-day').value
  const place = (id) => cityOfTyped(form.querySelector(id).value.trim())
  return { from: place('#from'), to: place('#to'), day }
}

function searchForm({ suggestions, wanted, search }) {
  const from = placeInput({ id: 'from', label: both('出发', 'From'), value: wanted.from, suggestions })
  const to = placeInput({ id: 'to', label: both('到达', 'To'), value: wanted.to, suggestions })
  const swap = h('button.swap', { type: 'button', 'aria-label': both('对调出发与到达', 'Swap from and to') }, '⇅')
  swap.addEventListener('click', () => {
    ;[from.input.value, to.input.value] = [to.input.value, from.input.value]
    void search()
  })
  const form = h('form.card.search', { novalidate: true })
  form.append(
    h('div.ends', {}, from.element, to.element, swap),
    dayChips(wanted.day),
    h('button.button.main.wide', {}, both('查询班次', 'Search'))
  )
  form.addEventListener('submit', (event) => (event.preventDefault(), void search()))
  form.addEventListener('change', (event) => {
    if (event.target.id === 'other-day' && event.target.value) {
      const chip = form.querySelector('input[name="day"]:checked')
      if (chip) chip.checked = false
      return void search()
    }
    if (event.target.name === 'day') form.querySelector('#other-day').value = ''
    // A day, or a suggestion taken; what was typed waits for the button, or leaving the field would search behind one's back.
    if (event.target.name === 'day' || !event.isTrusted) void search()
  })
  return form
}

/** A chip for each of the next days, and a field for any other: some lines are sold for longer. */
function dayChips(chosen) {
  const today = dayOf(platformNow())
  const days = Array.from({ length: chipDays }, (_, index) => addDays(today, index))
  const beyond = !days.includes(chosen) && chosen > today
  const selected = beyond ? null : days.includes(chosen) ? chosen : today
  const chips = days.map((day, index) => {
    const radio = h('input', { type: 'radio', name: 'day', value: day, id: `day-${day}`, checked: day === selected })
    const near = [both('今天', 'Today'), both('明天', 'Tomorrow'), both('后天', weekday(day).en)][index]
    return h(
      'label.chip',
      { for: radio.id },
      radio,
      h('span.chip-top', {}, near ?? weekday(day)),
      h('span', {}, shortDay(day))
    )
  })
  const other = h('input', {
    type: 'date',
    id: 'other-day',
    min: addDays(today, chipDays),
    value: beyond ? chosen : ''
  })
  return h(
    'fieldset.stack-tight',
    {},
    h('legend.only-heard', {}, both('出行日期', 'Day of travel')),
    h('div.chips', {}, chips),
    h('label.day-field.small.soft', { for: 'other-day' }, both('更远的日期', 'A later day'), other)
  )
}

async function showResults(results, asked, choose) {
  fill(results, loading(both('正在查询班次…', 'Looking for departures…')))
  try {
    const query = new URLSearchParams(asked)
    const departures = await call('GET', `/v1/departures?${query}`)
    const withChanges = h('div.stack-tight')
    if (departures.length === 0) fill(results, withChanges)
    // Ways with a change take longer to find, and nobody waits for them who can ride straight.
    void showJourneys(withChanges, { query, choose, otherwise: departures.length === 0 ? nothingRuns(asked) : null })
    if (departures.length === 0) return
    const list = h('ul.stack-tight')
    const show = (mode) =>
      fill(
        list,
        ...departures.filter((one) => !mode || one.mode === mode).map((one) => h('li', {}, departureCard(one, choose)))
      )
    show(null)
    fill(results, modeFilter(departures, show), list, withChanges)
  } catch (problem) {
    const region = noticeRegion()
    fill(results, region)
    showProblem(region, problem)
  }
}

async function showJourneys(place, { query, choose, otherwise }) {
  if (otherwise)
    fill(place, loading(both('没有直达班次，正在查换乘…', 'Nothing direct; looking for ways with a change…')))
  try {
    const all = (await call('GET', `/v1/journeys?${query}&partners=true`)).filter((one) => !whyNotOnSale(one, 'web'))
    if (all.length === 0) return fill(place, otherwise)
    // What a simulated carrier will do wrong is for whoever looks for it.
    all.sort((a, b) => remarksOf(a) - remarksOf(b))
    const [own, theirs] = [false, true].map((with_) =>
      all.filter(({ partnerLegs }) => partnerLegs.length > 0 === with_)
    )
    fill(
      place,
      own.length > 0 ? h('h2', {}, both('换乘方案', 'With a change')) : null,
      own.length > 0 ? cards(own, choose) : null,
      theirs.length > 0 ? h('h2', {}, both('铁路、外省客运联运', 'With rail and other carriers')) : null,
      theirs.length > 0 ? cards(theirs, choose) : null
    )
  } catch (problem) {
    if (problem.name !== 'Problem') throw problem
    fill(place, otherwise)
  }
}

const remarksOf = ({ partnerLegs }) => partnerLegs.filter(({ offer }) => offer.remark !== '').length

/** The first few, and the rest for whoever asks. */
function cards(journeys, choose) {
  const items = (some) => some.map((journey) => h('li', {}, journeyCard(journey, choose)))
  const list = h('ul.stack-tight', {}, items(journeys.slice(0, journeysAtFirst)))
  const rest = journeys.slice(journeysAtFirst)
  if (rest.length === 0) return list
  const more = h('button.button.wide', { type: 'button' }, both(`再看 ${rest.length} 个方案`, `${rest.length} more`))
  more.addEventListener('click', () => {
    const added = items(rest)
    list.append(...added)
    more.remove()
    added[0].querySelector('button').focus()
  })
  return h('div.stack-tight', {}, list, more)
}

function nothingRuns({ from, to, day }) {
  const { zh, en } = dayName(day)
  return emptyState(
    both(`${zh}没有从${from}到${to}的直达班次`, `No direct departure from ${from} to ${to} on ${en}`),
    both(
      '可换一个日期，或把站名改为城市名，同城各站一起查。',
      'Try another day, or type the city instead of the station to search all its stations.'
    )
  )
}

/** Before anything is asked: a few real lines, land and water, one touch away. */
function showExamples(results, lines, go) {
  const some = [...examplesOf(lines, 'ferry', 3), ...examplesOf(lines, 'coach', 5)]
  const buttons = some.map(({ stops }) => {
    const [from, to] = [stops[0].name, stops.at(-1).name]
    return h('button.button.slim', { type: 'button', onclick: () => go({ from, to }) }, `${from} → ${to}`)
  })
  fill(results, h('h2.small.soft', {}, both('试试这些线路', 'Lines to try')), h('div.row', {}, buttons))
}

/** Lines of one mode, none of which starts or ends where another one does. */
function examplesOf(lines, mode, most) {
  const seen = new Set()
  return lines
    .filter((line) => line.mode === mode)
    .filter(({ stops }) => {
      const ends = [stops[0].name, stops.at(-1).name]
      const fresh = !ends.some((end) => seen.has(end))
      if (fresh) for (const end of ends) seen.add(end)
      return fresh
    })
    .slice(0, most)
}
