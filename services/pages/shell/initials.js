// Finding a place by what a clerk types: its name, its code, or the first letters of its syllables (zh for 珠海). The letters come from
// the browser's own pinyin order, so there is no table to keep.

/** The first characters of each letter in that order; i, u and v begin no syllable. */
const firstOf = Array.from('阿八嚓哒妸发旮哈讥咔垃痳拏噢妑七呥扨它穵夕丫帀')
const letters = 'abcdefghjklmnopqrstwxyz'
const order = new Intl.Collator('zh-CN-u-co-pinyin')
const isHan = /\p{Script=Han}/u

export function initialsOf(text) {
  return Array.from(text.toLowerCase(), (character) => (isHan.test(character) ? initialOf(character) : character))
    .join('')
    .replaceAll(/[^a-z0-9]/g, '')
}

function initialOf(character) {
  const next = firstOf.findIndex((first) => order.compare(character, first) < 0)
  return letters[next === -1 ? letters.length - 1 : Math.max(0, next - 1)]
}

/** Where a place comes in the list for what was typed, smaller first; null when it does not fit. */
export function rankOf({ text, code = '', initials }, typed) {
  const wanted = typed.trim().toLowerCase()
  if (wanted === text || wanted === code.toLowerCase()) return 0
  if (text.startsWith(wanted) || initials === wanted) return 1
  if (initials.startsWith(wanted)) return 2
  if (text.includes(wanted) || code.toLowerCase().startsWith(wanted)) return 3
  return wanted.length > 1 && initials.includes(wanted) ? 4 : null
}
