// How the gate stands, in one line that is always there: the network, the age of its lists, its clock, and what waits to be sent.
import { fill, h } from '../shell/element.js'
import { both } from '../shell/language.js'
import { clockOffSeconds, listsMinutes } from './keeping-up.js'

const showEveryMs = 5000

/** `show()` draws it again; it also does so by itself, for the lists grow older. */
export function standingLine(stateOf, left) {
  const element = h('div.standing', { role: 'status', 'aria-label': both('本机状态', 'How this gate stands') })
  const show = () => {
    const state = stateOf()
    if (state) fill(element, ...standing(state).map(({ tone, text }) => h(`span.badge${tone}`, {}, text)))
  }
  const timer = setInterval(show, showEveryMs)
  left.addEventListener('abort', () => clearInterval(timer))
  return { element, show }
}

function standing(state) {
  return [network(state), lists(state), clock(state), waiting(state)].filter(Boolean)
}

function network({ online, signedOut }) {
  if (online === null) return { tone: '', text: both('正在连接…', 'Connecting…') }
  if (!online) return { tone: '.warn', text: both('离线：本机自行检票', 'Offline: deciding by itself') }
  if (signedOut) return { tone: '.warn', text: both('在线，未登录', 'Online, not signed in') }
  return { tone: '.good', text: both('在线', 'Online') }
}

function lists(state) {
  const minutes = listsMinutes(state)
  if (minutes === null) return { tone: '.bad', text: both('没有名单，不能离线检票', 'No lists: cannot work offline') }
  const { listsWarnMinutes, listsAskDocumentMinutes, listsRefuseMinutes } = state.lists.policy
  const [zh, en] = age(minutes)
  const count = state.lists.tickets.size
  if (minutes > listsRefuseMinutes)
    return { tone: '.bad', text: both(`名单 ${zh}，停止离线检票`, `Lists ${en}: no more offline`) }
  if (minutes > listsAskDocumentMinutes)
    return { tone: '.bad', text: both(`名单 ${zh}，须同时核验证件`, `Lists ${en}: documents too`) }
  const tone = minutes > listsWarnMinutes ? '.warn' : '.good'
  return { tone, text: both(`名单 ${zh}，${count} 张票`, `Lists ${en}, ${count} tickets`) }
}

function age(minutes) {
  if (minutes < 1) return ['刚更新', 'of now']
  if (minutes < 90) return [`${Math.floor(minutes)} 分钟前`, `${Math.floor(minutes)} min old`]
  return [`${Math.floor(minutes / 60)} 小时前`, `${Math.floor(minutes / 60)} h old`]
}

function clock(state) {
  if (!state.saved) return null
  const off = clockOffSeconds(state)
  const most = state.lists.policy.clockOffSecondsMax
  if (off > most) return { tone: '.bad', text: both('本机时钟被改动，请校时', 'The clock was set: correct it') }
  const seconds = Math.round(-state.clock.offsetMs / 1000)
  const said =
    Math.abs(seconds) < 2
      ? both('时钟准', 'Clock right')
      : both(`时钟偏 ${signed(seconds)} 秒，已校正`, `Clock ${signed(seconds)} s, corrected`)
  return { tone: Math.abs(seconds) > most || off > 5 ? '.warn' : '', text: said }
}

const signed = (seconds) => (seconds > 0 ? `+${seconds}` : String(seconds))

function waiting({ pending }) {
  return pending > 0 ? { tone: '.warn', text: both(`待上传 ${pending}`, `${pending} to send`) } : null
}
