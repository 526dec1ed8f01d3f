// Serves the pages: plain HTML, style sheets and browser modules as they lie in this folder, three packages for the browser
// straight from node_modules, and the pure rules that a page checks with while one types. Everything else is the public API's.
import fastifyStatic from '@fastify/static'
import { readFileSync } from 'node:fs'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import type { App, Parts } from '../parts.ts'
import { overviewRoutes } from './overview-routes.ts'

const folder = import.meta.dirname
const require = createRequire(import.meta.url)

/** address → the page behind it. */
const pages = {
  '/': 'landing/landing.html',
  '/buy': 'buy/buy.html',
  '/counter': 'counter/counter.html',
  '/gate': 'gate/gate.html',
  '/desk': 'desk/desk.html'
} as const

/**
 * Rules without node: modules that run in the browser as they run here, so that both can never disagree. A page imports them by
 * the relative path they have in this folder tree, which is also where they are served.
 */
const sharedRules = {
  '/boarding/base45.ts': '../boarding/base45.ts',
  '/boarding/ticket-code.ts': '../boarding/ticket-code.ts',
  '/identity/check-digits.ts': '../identity/check-digits.ts',
  '/identity/document-rules.ts': '../identity/document-rules.ts',
  '/identity/masking-rules.ts': '../identity/masking-rules.ts',
  '/clearing/card-files/error-codes.ts': '../../clearing/card-files/error-codes.ts'
} as const

/** Our own files are asked for again every time and answered 304; a package's files change with its version only. */
const ours = { cacheControl: true, maxAge: 0, etag: true } as const
const packaged = { cacheControl: true, maxAge: '1d', etag: true } as const

/** Where a package's browser files are served, and which of its files those are. */
const vendored = {
  '/vendor/echarts/': { root: join(packageFolder('echarts'), 'dist'), allowed: /^\/echarts\.esm\.min\.mjs$/ },
  '/vendor/jsqr/': { root: join(packageFolder('jsqr'), 'dist'), allowed: /^\/jsQR\.js$/ },
  '/vendor/noto-sans-sc/': {
    root: packageFolder('@fontsource-variable/noto-sans-sc'),
    allowed: /^\/(?:index\.css|files\/[\w-]+\.woff2)$/
  }
}

export async function pagesRoutes(app: App, parts: Parts): Promise<void> {
  overviewRoutes(app, parts)
  await app.register(fastifyStatic, {
    ...ours,
    root: folder,
    prefix: '/pages/',
    index: false,
    allowedPath: (path) => /\.(?:html|css|js|svg)$/.test(path)
  })
  for (const [url, file] of Object.entries(pages))
    app.get(url, { schema: { hide: true } }, (_request, reply) => reply.sendFile(file, folder, ours))
  await serveVendored(app)
  for (const [url, file] of Object.entries(sharedRules)) serveRules(app, url, file)
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

function packageFolder(name: string): string {
  return dirname(require.resolve(`${name}/package.json`))
}
