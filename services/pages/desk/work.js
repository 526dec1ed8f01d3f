// Work in progress, live: how far, how fast, how long still. The same figures as the API's and the command line's.
import { fill, h } from '../shell/element.js'
import { bytes, clockOf, count, countdown } from '../shell/format.js'
import { both } from '../shell/language.js'

const busyEveryMs = 1000
const idleEveryMs = 5000
const shownMax = 6

const kinds = { file: both('收文件', 'File'), settle: both('结算', 'Settle'), publish: both('发布', 'Publish') }
const states = { running: ['', null], done: ['good', both('完成', 'done')], failed: ['bad', both('失败', 'failed')] }

/** Keeps the section up to date until the view is left; `finished` is called when a piece of work has just ended. */
export function watchWork(section, { ask, left, finished }) {
  let running = new Set()
  const look = async () => {
    const works = await ask(`/v1/clearing/progress?limit=${shownMax}`).catch(() => null)
    if (left.aborted) return
    if (works) {
      const now = new Set(works.filter(({ state }) => state === 'running').map(({ work }) => work))
      show(section, works)
      if ([...running].some((work) => !now.has(work))) finished()
      running = now
    }
    setTimeout(() => void (left.aborted || look()), running.size > 0 ? busyEveryMs : idleEveryMs)
  }
  show(section, [])
  void look()
}

function show(section, works) {
  fill(
    section,
    h('h2.small', {}, both('后台工作', 'Work')),
    works.length === 0
      ? h('p.small.soft', {}, both('现在没有进行中的工作。', 'Nothing is in progress.'))
      : h(
          'ul.stack-tight',
          {},
          works.map((work) => h('li.work', {}, ...workLines(work)))
        )
  )
}

function workLines({ work, stage, state, done, total, percent, perSecond, secondsLeft, detail, updatedAt }) {
  const [kind, of] = work.split(':')
  const [tone, word] = states[state]
  const size = kind === 'file' ? bytes : count
  const pace = `${size(done)} / ${size(total)} · ${size(Math.round(perSecond))}/s`
  const running = state === 'running'
  return [
    h(
      'div.row.apart',
      {},
      h('strong', {}, kinds[kind] ?? kind, ` ${of ?? ''}`),
      word
        ? h('span.row', {}, h('time.small.soft', {}, clockOf(updatedAt)), h(`span.badge.${tone}`, {}, word))
        : h('span', {}, `${percent} %`)
    ),
    running
      ? h('progress', { max: 100, value: percent, 'aria-label': both(`进度 ${work}`, `Progress of ${work}`) })
      : null,
    running ? h('span.small.soft', {}, `${stage} · ${pace}`, ...left(secondsLeft)) : null,
    detail ? h('span.small.soft', {}, detail) : null
  ]
}

function left(seconds) {
  return seconds === null ? [] : [' · ', both(`还需 ${countdown(seconds)}`, `${countdown(seconds)} left`)]
}
