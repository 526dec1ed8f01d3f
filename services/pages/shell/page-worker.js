// Keeps a page on the device, so that it starts without a network: the gate's, and the passenger's with his tickets. What belongs to the
// page is found by following it: the page, its styles and modules, and what those import; no list that somebody forgets to lengthen.
// Answers of the API are never kept here.
const kept = {
  // A tablet on a post starts at once, with what it has, and has what is new at its next start.
  '/gate-worker.js': { page: '/gate', shelf: 'gate-page', networkFirst: false },
  // A passenger with a network gets the page as it is now.
  '/tickets-worker.js': { page: '/buy', shelf: 'tickets-page', networkFirst: true }
}
const { page, shelf, networkFirst } = kept[location.pathname]
const patienceMs = 4000
/** How one file of the page names another, by kind. */
const mentions = {
  html: /<(?:link|script)\b[^>]*?\b(?:href|src)="([^"]+)"/g,
  javascript: /(?:\bfrom|\bimport|\bimportScripts|\bnew Worker)\s*\(?\s*'([./][^']*)'/g
}

addEventListener('install', (event) => event.waitUntil(stock().then(() => skipWaiting())))
addEventListener('activate', (event) => event.waitUntil(clients.claim()))
// The page asks at every start; what is new is there at the next.
addEventListener('message', (event) => {
  if (event.data === 'refresh') event.waitUntil(stock().catch(() => undefined))
})
addEventListener('fetch', (event) => {
  const { pathname, origin } = new URL(event.request.url)
  if (event.request.method !== 'GET' || origin !== location.origin || pathname.startsWith('/v1/')) return
  event.respondWith(
    networkFirst && event.request.mode === 'navigate' ? fromNetwork(event.request) : fromShelf(event.request)
  )
})

/** Everything is fetched before anything is put down, so that the page is never half of one version and half of another. */
async function stock() {
  const found = new Map()
  const waiting = [page]
  while (waiting.length > 0) {
    const path = waiting.pop()
    if (found.has(path)) continue
    const answer = await fetch(path, { cache: 'no-cache' })
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
    found.set(path, answer.clone())
    waiting.push(...(await mentioned(answer)))
  }
  const put = await caches.open(shelf)
  await Promise.all([...found].map(([path, answer]) => put.put(path, answer)))
  const old = (await put.keys()).filter(({ url }) => isOfVersion(url) && !found.has(new URL(url).pathname))
  await Promise.all(old.map((request) => put.delete(request)))
}

/** Files whose address names their content: those of another version are never asked for again. */
function isOfVersion(url) {
  return new URL(url).pathname.startsWith('/v/')
}

async function mentioned(answer) {
  const kind = answer.headers.get('content-type') ?? ''
  const pattern = Object.entries(mentions).find(([name]) => kind.includes(name))?.[1]
  if (!pattern) return []
  const base = new URL(answer.url)
  return [...(await answer.text()).matchAll(pattern)]
    .map(([, path]) => new URL(path, base))
    .filter(({ origin }) => origin === location.origin)
    .map(({ pathname }) => pathname)
}

/** A network that swallows everything is none. */
async function fromNetwork(request) {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(patienceMs) })
    if (answer.ok) return answer
  } catch {
    // As without one.
  }
  return await fromShelf(request)
}

/** Fonts come in many small files; those that are used stay, and so does the sheet that names them. */
async function fromShelf(request) {
  const own = await caches.open(shelf)
  const found = await own.match(request, { ignoreSearch: request.mode === 'navigate' })
  if (found) return found
  const answer = await fetch(request)
  if (answer.ok && (request.destination === 'font' || request.url.endsWith('/noto-sans-sc/index.css')))
    await own.put(request, answer.clone())
  return answer
}
