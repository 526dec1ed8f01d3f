// What keeps somebody from using a page, looked for in the page itself: names, headings, references, contrast and the size of targets.
// Runs in the browser of a test, never on a page that is served.
const controls =
  'a[href], button, input:not([type="hidden"]), select, textarea, summary, [role="button"], [tabindex="0"]'

/** Each fault as a sentence. */
export function findFaults() {
  const shown = (element) =>
    element.checkVisibility({ visibilityProperty: true }) && !element.closest('[aria-hidden="true"]')
  const scope = document.querySelector('dialog[open]') ?? document.body
  const all = [...scope.querySelectorAll('*')].filter(shown)
  return [
    ...all.filter((one) => one.matches(controls) && nameOf(one) === '').map((one) => `${describe(one)} has no name`),
    ...headingFaults(all, scope),
    ...referenceFaults(all),
    ...all.flatMap(contrastFaults),
    ...all.filter((one) => one.matches(controls)).flatMap(targetFaults)
  ]
}

function describe(element) {
  const id = element.id ? `#${element.id}` : ''
  return `<${element.localName}${id}${[...element.classList].map((one) => `.${one}`).join('')}> “${element.textContent.trim().slice(0, 24)}”`
}

/** The order of the accessible-name computation, as far as our pages go. */
function nameOf(element) {
  const byId = (ids) =>
    (ids ?? '')
      .split(/\s+/)
      .map((id) => document.getElementById(id)?.textContent ?? '')
      .join(' ')
  const labels = [...(element.labels ?? [])].map((label) => label.textContent).join(' ')
  const images = [...element.querySelectorAll('img')].map(({ alt }) => alt).join(' ')
  const own = element.matches('input, select, textarea') ? '' : element.textContent
  const names = [
    byId(element.getAttribute('aria-labelledby')),
    element.getAttribute('aria-label'),
    labels,
    own,
    images,
    element.title
  ]
  return names.map((name) => (name ?? '').trim()).find((name) => name !== '') ?? ''
}

/** One first heading, and no level skipped on the way down. A dialog begins at its own. */
function headingFaults(all, scope) {
  const levels = all.filter((one) => /^H[1-6]$/.test(one.tagName)).map((one) => Number(one.tagName[1]))
  const firsts = levels.filter((level) => level === 1).length
  const faults = levels.flatMap((level, index) =>
    index > 0 && level > levels[index - 1] + 1
      ? [`a heading of level ${level} follows one of level ${levels[index - 1]}`]
      : []
  )
  return scope === document.body && firsts !== 1 ? [`${firsts} first headings`, ...faults] : faults
}

function referenceFaults(all) {
  const ids = all.map(({ id }) => id).filter((id) => id !== '')
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `the id ${id} is there twice`)
  const names = ['aria-labelledby', 'aria-describedby', 'aria-controls', 'aria-activedescendant']
  const lost = all.flatMap((one) =>
    names.flatMap((name) =>
      (one.getAttribute(name) ?? '')
        .split(/\s+/)
        .filter((id) => id !== '' && !document.getElementById(id))
        .map((id) => `${describe(one)} refers to ${id}, which is not there`)
    )
  )
  return [...twice, ...lost]
}

/** WCAG 1.4.3: 4.5 for text, 3 for large text. Text without words of its own is left to its children. */
function contrastFaults(element) {
  const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '')
  const style = getComputedStyle(element)
  if (!own || element.matches(':disabled, :disabled *, [aria-busy="true"] *') || element.closest('.only-heard'))
    return []
  const large =
    parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 600)
  const behind = backgroundOf(element)
  const ratio = contrastOf(over(colourOf(style.color), behind), behind)
  return ratio < (large ? 3 : 4.5) ? [`${describe(element)} has a contrast of ${ratio.toFixed(2)}`] : []
}

function colourOf(text) {
  const canvas = (colourOf.canvas ??= new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true }))
  canvas.clearRect(0, 0, 1, 1)
  canvas.fillStyle = text
  canvas.fillRect(0, 0, 1, 1)
  const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data
  return { rgb: [red, green, blue], alpha: alpha / 255 }
}

function over({ rgb, alpha }, behind) {
  return rgb.map((part, index) => part * alpha + behind[index] * (1 - alpha))
}

function backgroundOf(element) {
  const layers = []
  for (let one = element; one; one = one.parentElement) {
    layers.push(colourOf(getComputedStyle(one).backgroundColor))
    if (layers.at(-1).alpha === 1) break
  }
  return layers.reverse().reduce((behind, layer) => over(layer, behind), [255, 255, 255])
}

function contrastOf(a, b) {
  const [light, dark] = [luminance(a), luminance(b)].sort((one, other) => other - one)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(rgb) {
  const [red, green, blue] = rgb.map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** WCAG 2.5.8: 24 by 24 pixels, words in a line of text aside; a label that is pressed counts with its control. */
function targetFaults(element) {
  if (element.matches('a') && getComputedStyle(element).display === 'inline') return []
  const target = element.matches('[type="checkbox"], [type="radio"]') ? (element.labels?.[0] ?? element) : element
  const { width, height } = target.getBoundingClientRect()
  return width < 24 || height < 24 ? [`${describe(element)} is only ${Math.round(width)} × ${Math.round(height)}`] : []
}
