// Serves the pages: plain HTML, style sheets and browser modules as they lie in this folder, three packages for the browser
// straight from node_modules, and the pure rules that a page checks with while one types. Everything else is the public API's.
import fastifyStatic from '@fastify/static'
import { readFileSync } from 'node:fs'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import type { App, Parts } from '../parts.ts'
import { asBrowserModule } from './browser-module.ts'
import { overviewRoutes } from './overview-routes.ts'
import { readVersionedFiles, type VersionedFiles } from './versioned-files.ts'

const folder = import.meta.dirname
const require = createRequire(import.meta.url)

/** address → the page behind it. */
const pages = {
  '/': 'landing/landing.html',
  '/buy': 'buy/buy.html',
  '/counter': 'counter/counter.html',
  '/gate': 'gate/gate.html',
  '/station': 'station/station.html',
  '/board': 'board/board.html',
  '/register': 'register/register.html',
  '/pay': 'pay/pay.html',
  '/cases': 'cases/cases.html',
  '/cards': 'cards/cards.html',
  '/channels': 'channels/channels.html',
  '/my-cards': 'my-cards/my-cards.html',
  '/ticket-log': 'ticket-log/ticket-log.html',
  '/desk': 'desk/desk.html',
  '/portal': 'portal/portal.html',
  '/keys': 'keys/keys.html',
  '/flow': 'flow/flow.html',
  // At the root, because a worker serves only what lies below its own address.
  '/gate-worker.js': 'shell/page-worker.js',
  '/gate.webmanifest': 'gate/gate.webmanifest',
  '/tickets-worker.js': 'shell/page-worker.js',
  '/tickets.webmanifest': 'tickets/tickets.webmanifest'
} as const

/** Pages whose files a service worker keeps, by addresses of its own. */
const offline = new Set(['/gate'])

/**
 * Rules without node: modules that run in the browser as they run here, so that both can never disagree. A page imports them by
 * the relative path they have in this folder tree, which is also where they are served.
 */
const sharedRules = {
  '/boarding/credentials/base45.ts': '../boarding/credentials/base45.ts',
  '/boarding/credentials/moment.ts': '../boarding/credentials/moment.ts',
  '/boarding/credentials/ticket-code.ts': '../boarding/credentials/ticket-code.ts',
  '/boarding/gate-refusals.ts': '../boarding/gate-refusals.ts',
  '/boarding/lone-gate/judge-shown-rules.ts': '../boarding/lone-gate/judge-shown-rules.ts',
  '/boarding/lone-gate/lists-rules.ts': '../boarding/lone-gate/lists-rules.ts',
  '/boarding/passages/passage-rules.ts': '../boarding/passages/passage-rules.ts',
  '/boarding/verify-ticket-rules.ts': '../boarding/verify-ticket-rules.ts',
  '/card-crypto/sm2-curve.ts': '../../card-crypto/sm2-curve.ts',
  '/card-crypto/sm2-plain.ts': '../../card-crypto/sm2-plain.ts',
  '/card-crypto/sm3-plain.ts': '../../card-crypto/sm3-plain.ts',
  '/card-crypto/merkle.ts': '../../card-crypto/merkle.ts',
  '/payments/pay-code-rules.ts': '../payments/pay-code-rules.ts',
  '/ticket-log/leaf-rules.ts': '../ticket-log/leaf-rules.ts',
  '/ticket-log/proof-rules.ts': '../ticket-log/proof-rules.ts',
  '/identity/check-digits.ts': '../identity/check-digits.ts',
  '/identity/document-rules.ts': '../identity/document-rules.ts',
  '/identity/masking-rules.ts': '../identity/masking-rules.ts',
  '/clearing/card-files/error-codes.ts': '../../clearing/card-files/error-codes.ts',
  '/clearing/disputes/dispute-codes.ts': '../../clearing/disputes/dispute-codes.ts'
} as const

/** Our own files are asked for again every time and answered 304; a package's files change with its version only. */
const ours = { cacheControl: true, maxAge: 0, etag: true } as const
const packaged = { cacheControl: true, maxAge: '30d', etag: true } as const

/** Where a package's browser files are served, and which of its files those are. */
const vendored = {
  '/vendor/echarts/': { root: join(packageFolder('echarts'), 'dist'), allowed: /^\/echarts\.esm\.min\.mjs$/ },
  '/vendor/jsqr/': { root: join(packageFolder('jsqr'), 'dist'), allowed: /^\/jsQR\.js$/ },
  '/vendor/noto-sans-sc/': {
    root: packageFolder('@fontsource-variable/noto-sans-sc'),
    allowed: /^\/(?:index\.css|files\/[\w-]+\.woff2)$/
  }
}

const fontSheet = '/vendor/noto-sans-sc/index.css'
const qrCodeModule = '/vendor/qrcode.js'

export async function pagesRoutes(app: App, parts: Parts): Promise<void> {
  overviewRoutes(app, parts)
  await app.register(fastifyStatic, {
    ...ours,
    root: folder,
    prefix: '/pages/',
    index: false,
    allowedPath: (path) => /\.(?:html|css|js|svg|webmanifest)$/.test(path) && !/\/test-/.test(path)
  })
  const files = once(() => {
    const texts = { [`services${fontSheet}`]: readFontSheet(), [`services${qrCodeModule}`]: readQrCode() }
    return readVersionedFiles(folder, { rules: Object.values(sharedRules), texts })
  })
  for (const [url, file] of Object.entries(pages))
    app.get(url, { schema: { hide: true } }, (_request, reply) =>
      file.endsWith('.html') && !offline.has(url)
        ? reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(files().page(file))
        : reply.sendFile(file, folder, ours)
    )
  serveVersioned(app, files)
  await serveVendored(app)
  for (const [url, file] of Object.entries(sharedRules)) serveRules(app, url, file)
}

/** Which glyphs lie in which file; the files themselves stay where they are. */
function readFontSheet(): string {
  const sheet = readFileSync(join(packageFolder('@fontsource-variable/noto-sans-sc'), 'index.css'), 'utf8')
  return sheet.replaceAll('url(./', `url(${dirname(fontSheet)}/`)
}

function once<Value>(make: () => Value): () => Value {
  let made: Value | null = null
  return () => (made ??= make())
}

/** Another version's address, from a page that was open while we were renewed, gets what there is now and keeps nothing of it. */
function serveVersioned(app: App, files: () => VersionedFiles): void {
  app.get<{ Params: { version: string; '*': string } }>(
    '/v/:version/*',
    { schema: { hide: true } },
    (request, reply) => {
      const { version, '*': path } = request.params
      const file = files().find(path)
      // A package's files keep their one address.
      if (!file && path.startsWith('services/vendor/')) return reply.redirect(path.replace('services', ''))
      if (!file) return reply.callNotFound()
      const kept = version === files().version ? 'public, max-age=31536000, immutable' : 'no-cache'
      void reply.type(file.type).header('cache-control', kept).header('vary', 'accept-encoding')
      const compressed = file.compressed(request.headers['accept-encoding'] ?? '')
      if (!compressed) return reply.send(file.text)
      return reply.header('content-encoding', compressed.encoding).send(compressed.bytes)
    }
  )
}

async function serveVendored(app: App): Promise<void> {
  for (const [prefix, { root, allowed }] of Object.entries(vendored))
    await app.register(fastifyStatic, {
      ...packaged,
      root,
      prefix,
      decorateReply: false,
      index: false,
      allowedPath: (path) => allowed.test(path)
    })
}

/** A rules file with its types stripped, under its own name, so that the imports between rule files resolve by themselves. */
function serveRules(app: App, url: string, file: string): void {
  const script = stripTypeScriptTypes(readFileSync(join(folder, file), 'utf8'))
  app.get(url, { schema: { hide: true } }, (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').header('cache-control', 'no-cache').send(script)
  )
}

/** A phone without a network draws its own codes. */
function readQrCode(): string {
  return asBrowserModule(join(packageFolder('qrcode'), 'lib/core/qrcode.js'), ['create'])
}

function packageFolder(name: string): string {
  return dirname(require.resolve(`${name}/package.json`))
}
