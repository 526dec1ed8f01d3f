// The register of security modules: the lost ones first; one of them with where it was and what was held back from settlement.
import { h } from '../shell/element.js'
import { moment, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { choice, stepForm, text } from '../shell/step-form.js'
import { samKinds, samStates } from './key-words.js'

export function samView(sams, story, again) {
  return h(
    'div.custody',
    {},
    h(
      'div.stack',
      {},
      h('h1', {}, both(`安全模块与母卡 ${sams.length}`, `Security modules and mother cards: ${sams.length}`)),
      sams.length === 0 ? h('p.soft', {}, both('尚未登记。', 'None is registered.')) : samTable(sams),
      h('details', {}, h('summary', {}, both('登记', 'Register one')), registerForm(again))
    ),
    story ? samStory(story, again) : h('p.soft', {}, both('选择一个查看经过。', 'Choose one to see its story.'))
  )
}

function badge([tag, words]) {
  return h(`span.${tag}`, {}, words)
}

function samTable(sams) {
  const head = [both('编号', 'Number'), both('状态', 'State'), both('所在', 'Where'), both('暂停清算', 'Held back')]
  return h(
    'div.table-scroll',
    { tabindex: 0, role: 'region', 'aria-label': both('安全模块', 'Security modules') },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          head.map((words) => h('th', { scope: 'col' }, words))
        )
      ),
      h(
        'tbody',
        {},
        sams.map(({ number, kind, state, place, heldBack }) =>
          h(
            'tr',
            {},
            h(
              'td',
              {},
              h('a.mono', { href: `#/sams/${encodeURIComponent(number)}` }, number),
              h('div.small.soft', {}, samKinds[kind])
            ),
            h('td', {}, badge(samStates[state])),
            h('td', {}, place),
            h('td.number', {}, String(heldBack))
          )
        )
      )
    )
  )
}

function samStory(story, again) {
  const { number, kind, state, holder, place, keyNames, lostSince, heldBackLines, acceptedAfterLoss, events } = story
  return h(
    'article.card.stack',
    { 'aria-label': number },
    h('div.row.apart', {}, h('h2.mono', {}, number), badge(samStates[state])),
    h('p', {}, samKinds[kind], ` · ${holder} · ${place}`),
    h('p.small.mono', {}, keyNames.join(' ')),
    lostSince
      ? h(
          'div.notice.bad.stack-tight',
          {},
          h('p', {}, both('自 ', 'Lost since '), moment(lostSince), both(' 起挂失。', '.')),
          h(
            'p',
            {},
            both(
              `已暂停清算 ${heldBackLines.length} 行；登记前已接收 ${acceptedAfterLoss.transactions} 笔，`,
              `${heldBackLines.length} lines held back; taken in before anybody knew: ${acceptedAfterLoss.transactions}, `
            ),
            yuan(acceptedAfterLoss.amount),
            both('，按调账处理。', ', to be adjusted.')
          )
        )
      : null,
    heldBackLines.length > 0
      ? h(
          'ul.small.mono',
          {},
          heldBackLines.slice(0, 50).map((line) => h('li', {}, h('a', { href: '/desk#/explain' }, line)))
        )
      : null,
    h(
      'ol.stack-tight.small',
      {},
      events.map(({ at, actor, state, holder, place, words }) =>
        h('li', {}, moment(at), ' · ', samStates[state][1], ` · ${holder} · ${place} · ${actor} ${words}`)
      )
    ),
    ...(state === 'lost'
      ? [finding(number, again)]
      : state === 'destroyed'
        ? []
        : [move(story, again), loss(number, again)])
  )
}

const words = () => text(both('说明', 'Words'))

function move({ number, holder, place }, again) {
  const { lost: _, ...states } = samStates
  return stepForm({
    inputs: {
      state: choice(
        both('变为', 'Becomes'),
        Object.fromEntries(Object.entries(states).map(([state, [, name]]) => [state, name]))
      ),
      holder: text(both('责任单位', 'Who answers for it'), { value: holder }),
      place: text(both('所在', 'Where'), { value: place }),
      words: words()
    },
    submit: both('移交', 'Move'),
    send: (body) => ['POST', `/v1/sams/${number}/moves`, body],
    done: again
  })
}

function loss(number, again) {
  return stepForm({
    inputs: { lostSince: text(both('丢失时间', 'Lost since'), { type: 'datetime-local' }), words: words() },
    submit: both('挂失，暂停其交易清算', 'Report lost: hold its transactions back'),
    send: ({ lostSince, words }) => [
      'PUT',
      `/v1/sams/${number}/loss`,
      { lostSince: lostSince ? `${lostSince}:00+08:00` : '', words }
    ],
    done: again,
    danger: true
  })
}

function finding(number, again) {
  return stepForm({
    inputs: { place: text(both('现在何处', 'Where it is now')), words: words() },
    submit: both('已寻回', 'Found again'),
    send: (body) => ['PUT', `/v1/sams/${number}/finding`, body],
    done: again
  })
}

function registerForm(again) {
  return stepForm({
    inputs: {
      number: text(both('编号（PSAM、ISAM 为 12 位终端机编号）', 'Number (12 digits of the terminal)')),
      kind: choice(both('种类', 'Kind'), samKinds),
      keyNames: text(both('内含密钥（空格分隔）', 'Keys in it, by spaces')),
      holder: text(both('责任单位', 'Who answers for it')),
      place: text(both('所在', 'Where'))
    },
    submit: both('登记', 'Register'),
    send: ({ number, keyNames, ...body }) => [
      'PUT',
      `/v1/sams/${encodeURIComponent(number)}`,
      { ...body, keyNames: keyNames.split(/\s+/).filter(Boolean) }
    ],
    done: again
  })
}
