// Says so when the device has lost its network, and that it is back: what was typed stays, and asking again never does a thing twice.
import { fill, h } from './element.js'
import { both } from './language.js'

const goodbyeMs = 4000
const lost = both(
  '没有网络：已填写的内容都在，恢复后可继续，不会重复下单',
  'No network: nothing you typed is lost, and going on later never orders twice'
)
const back = both('网络已恢复', 'The network is back')

/** One bar for the page, heard as well as seen. */
export function watchConnection() {
  const bar = h('div.connection-bar', { 'aria-live': 'polite' })
  document.querySelector('header.frame').after(bar)
  const say = (online) => {
    bar.classList.toggle('lost', !online)
    fill(bar, online ? back : lost)
    if (online) setTimeout(() => navigator.onLine && fill(bar), goodbyeMs)
  }
  window.addEventListener('offline', () => say(false))
  window.addEventListener('online', () => say(true))
  if (!navigator.onLine) say(false)
}
