// What a gate sounds like: a rising pair of tones for go, a low one for stop, and the word itself when speech is on.
import { language, textOf } from '../shell/language.js'

let context = null

/** Browsers allow sound only after a touch or a key; call from one. */
export function wakeSound() {
  context ??= new AudioContext()
  if (context.state === 'suspended') void context.resume()
}

export function soundGo() {
  tone(880, 0, 0.11, 'sine')
  tone(1318, 0.12, 0.16, 'sine')
}

export function soundStop() {
  tone(196, 0, 0.5, 'square')
}

export function speak(text) {
  if (!('speechSynthesis' in globalThis)) return
  speechSynthesis.cancel()
  const words = new SpeechSynthesisUtterance(textOf(text))
  words.lang = language() === 'zh' ? 'zh-CN' : 'en-GB'
  words.rate = 1.15
  speechSynthesis.speak(words)
}

function tone(frequency, after, seconds, type) {
  if (context?.state !== 'running') return
  const [oscillator, volume] = [context.createOscillator(), context.createGain()]
  const start = context.currentTime + after
  oscillator.type = type
  oscillator.frequency.value = frequency
  volume.gain.setValueAtTime(0.22, start)
  volume.gain.exponentialRampToValueAtTime(0.001, start + seconds)
  oscillator.connect(volume).connect(context.destination)
  oscillator.start(start)
  oscillator.stop(start + seconds)
}
