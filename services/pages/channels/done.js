// What was saved is said once, where it was saved.
import { announce } from '../shell/element.js'
import { both } from '../shell/language.js'

export function announceDone(place, text = both('已保存', 'Saved')) {
  announce(place, text, 'good')
}
