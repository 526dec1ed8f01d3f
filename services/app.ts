// The whole HTTP service, put together by hand: what stands in front of every route, then each room's routes by name.
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import fastify, { LogController, type FastifyReply, type FastifyRequest } from 'fastify'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { randomUUID } from 'node:crypto'
import { accessRoutes } from './access/access-routes.ts'
import { phoneRoutes } from './access/phones/phone-routes.ts'
import { firstOf, guardRoutes } from './access/require-permit.ts'
import { guardSignedBodies } from './access/signing/signed-bodies.ts'
import { boardingRoutes } from './boarding/boarding-routes.ts'
import { authenticateDevices } from './boarding/gates/devices/authenticate-device.ts'
import { deviceRoutes } from './boarding/gates/devices/device-routes.ts'
import { listRoutes } from './boarding/gates/lists/list-routes.ts'
import { scanRoutes } from './boarding/gates/scans/scan-routes.ts'
import { passageRoutes } from './boarding/passages/passage-routes.ts'
import { packageRoutes } from './cards/acceptance/package-routes.ts'
import { algorithmRoutes } from './cards/algorithms/algorithm-routes.ts'
import { claimRoutes } from './cards/claims/claim-routes.ts'
import { storyRoutes } from './cards/desk/story-routes.ts'
import { holderRoutes } from './cards/holders/holder-routes.ts'
import { issuingRoutes } from './cards/issuing/issuing-routes.ts'
import { loadRoutes } from './cards/loading/load-routes.ts'
import { readerRoutes } from './cards/reader/reader-routes.ts'
import { rideRoutes } from './cards/ride-codes/ride-routes.ts'
import { authenticateClients } from './channels/authenticate-client.ts'
import { channelRoutes } from './channels/channel-routes.ts'
import { clientRoutes } from './channels/client-routes.ts'
import { keepSellingTerms } from './channels/keep-selling-terms.ts'
import { operationRoutes } from './channels/operations/operation-routes.ts'
import { webhookLogRoutes } from './channels/webhooks/webhook-log-routes.ts'
import { webhookRoutes } from './channels/webhooks/webhook-routes.ts'
import { dayRoutes } from './clearing-desk/day-routes.ts'
import { fileRoutes } from './clearing-desk/file-routes.ts'
import { publishedRoutes } from './clearing-desk/published-routes.ts'
import { expectedRoutes } from './clearing-desk/arrivals/expected-routes.ts'
import { adjustmentRoutes } from './clearing-desk/disputes/adjustment-routes.ts'
import { holdRoutes } from './clearing-desk/disputes/hold-routes.ts'
import { memberPaymentRoutes } from './clearing-desk/money/payment-routes.ts'
import { suspenseRoutes } from './clearing-desk/money/suspense-routes.ts'
import { disputeRoutes } from './clearing-desk/disputes/dispute-routes.ts'
import { nationalRoutes } from './clearing-desk/national/national-routes.ts'
import { subsidyRoutes } from './clearing-desk/subsidies/subsidy-routes.ts'
import { portalRoutes } from './clearing-desk/portal/portal-routes.ts'
import { transactionRoutes } from './clearing-desk/transaction-routes.ts'
import { keepCashInShifts } from './counter/keep-cash-in-shifts.ts'
import { shiftRoutes } from './counter/shift-routes.ts'
import { fareRoutes } from './fares/fare-routes.ts'
import { policyRoutes } from './fares/policy-routes.ts'
import { healthRoutes } from './health-routes.ts'
import { identityDeskRoutes } from './identity/identity-desk-routes.ts'
import { identityRoutes } from './identity/identity-routes.ts'
import { retentionRoutes } from './identity/retention/retention-routes.ts'
import { controlRoutes } from './insight/controls/control-routes.ts'
import { flowRoutes } from './insight/flow/flow-routes.ts'
import { openDataRoutes } from './insight/open-data/open-data-routes.ts'
import { custodyRoutes } from './keys/custody-routes.ts'
import { samRoutes } from './keys/sam-routes.ts'
import { networkRoutes } from './network/network-routes.ts'
import { documentRoutes, serveReference } from './openapi.ts'
import { pagesRoutes } from './pages/pages-routes.ts'
import type { App, Parts } from './parts.ts'
import { installProblems, sendError } from './problem.ts'
import { invoiceRoutes } from './revenue/invoices/invoice-routes.ts'
import { reconciliationRoutes } from './revenue/reconciling/reconciliation-routes.ts'
import { revenueRoutes } from './revenue/revenue-routes.ts'
import { stationRoutes } from './station/station-routes.ts'
import { supervisionRoutes } from './supervision/supervision-routes.ts'
import { ticketLogRoutes } from './ticket-log/ticket-log-routes.ts'
import { connectionRoutes } from './ticketing/connections/connection-routes.ts'
import { changeRoutes } from './ticketing/changes/change-routes.ts'
import { explanationRoutes } from './ticketing/explanations/explanation-routes.ts'
import { journeyRoutes } from './ticketing/journeys/journey-routes.ts'
import { partnerLegRoutes } from './ticketing/partner-legs/partner-leg-routes.ts'
import { partnerChangeRoutes } from './ticketing/partner-legs/changes/partner-change-routes.ts'
import { orderRoutes } from './ticketing/order-routes.ts'
import { paymentRoutes } from './ticketing/payment-routes.ts'
import { refundRoutes } from './ticketing/refunds/refund-routes.ts'
import { seatRoutes } from './ticketing/seats/seat-routes.ts'
import { ticketRoutes } from './ticketing/ticket-routes.ts'
import { waitlistRoutes } from './ticketing/waitlist/waitlist-routes.ts'
import { importRoutes } from './timetable/importing/import-routes.ts'
import { loadingRoutes } from './timetable/loading-routes.ts'
import { placeDepartureRoutes } from './timetable/place-departure-routes.ts'
import { versionRoutes } from './timetable/publishing/version-routes.ts'
import { timetableRoutes } from './timetable/timetable-routes.ts'
import { canonicalIds, validatorCompiler } from './validation.ts'

/** No room has a body larger than this except the card files, whose route streams and sets its own limit. */
const bodyBytesMax = 256 * 1024

/** `logger: true` writes JSON lines to standard output, one for each request; a body, a token or a query string is never in them. */
export async function buildApp(parts: Parts, options: { logger?: boolean } = {}): Promise<App> {
  const app: App = fastify({
    ...(options.logger ? { logger: { ...logger, stream: linesOfOneTurn() }, logController: new OneLineEach() } : {}),
    genReqId: () => randomUUID(),
    bodyLimit: bodyBytesMax,
    trustProxy: parts.config.trustedProxies.length > 0 ? parts.config.trustedProxies : false,
    frameworkErrors: (error, request, reply) => void sendError(error, request, reply)
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.addHook('preValidation', (request, _reply, done) => {
    canonicalIds(request.params)
    done()
  })
  app.addHook('onSend', async (request, reply) => {
    void reply.header('x-request-id', request.id)
    // Answers of the API are somebody's own, or of this moment; no cache on the way may keep them.
    if (request.url.startsWith('/v1/') && !reply.hasHeader('cache-control'))
      void reply.header('cache-control', 'no-store')
  })

  const allowedMethods = collectMethods(app)
  await app.register(helmet, {
    global: false,
    contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy }
  })
  app.addHook('onRequest', (request, reply, done) => {
    if (request.url.startsWith('/v1/')) void reply.headers(apiHeaders)
    else void reply.helmet()
    done()
  })
  await app.register(rateLimit, { max: parts.config.requestsPerMinute, timeWindow: 60_000 })
  installProblems(app, allowedMethods)
  standInFront(app, parts)
  await documentRoutes(app)

  sellingRoutes(app, parts)
  travelRoutes(app, parts)
  await pagesRoutes(app, parts)

  await serveReference(app)
  return app
}

/** What happens until somebody holds a ticket. */
function sellingRoutes(app: App, parts: Parts): void {
  healthRoutes(app, parts)
  accessRoutes(app, parts)
  phoneRoutes(app, parts)
  networkRoutes(app, parts)
  identityRoutes(app, parts)
  identityDeskRoutes(app, parts)
  retentionRoutes(app, parts)
  timetableRoutes(app, parts)
  placeDepartureRoutes(app, parts)
  loadingRoutes(app, parts)
  versionRoutes(app, parts)
  importRoutes(app, parts)
  journeyRoutes(app, parts)
  seatRoutes(app, parts)
  policyRoutes(app, parts)
  fareRoutes(app, parts)
  explanationRoutes(app, parts)
  orderRoutes(app, parts)
  paymentRoutes(app, parts)
  ticketRoutes(app, parts)
  refundRoutes(app, parts)
  changeRoutes(app, parts)
  connectionRoutes(app, parts)
  partnerLegRoutes(app, parts)
  partnerChangeRoutes(app, parts)
  waitlistRoutes(app, parts)
}

/** From the door of the coach to the money of the night. */
function travelRoutes(app: App, parts: Parts): void {
  boardingRoutes(app, parts)
  ticketLogRoutes(app, parts)
  deviceRoutes(app, parts)
  listRoutes(app, parts)
  scanRoutes(app, parts)
  passageRoutes(app, parts)
  shiftRoutes(app, parts)
  stationRoutes(app, parts)
  supervisionRoutes(app, parts)
  channelRoutes(app, parts)
  clientRoutes(app, parts)
  webhookRoutes(app, parts)
  webhookLogRoutes(app, parts)
  operationRoutes(app)
  revenueRoutes(app, parts)
  reconciliationRoutes(app, parts)
  invoiceRoutes(app, parts)
  packageRoutes(app, parts)
  issuingRoutes(app, parts)
  loadRoutes(app, parts)
  rideRoutes(app, parts)
  storyRoutes(app, parts)
  claimRoutes(app, parts)
  holderRoutes(app, parts)
  readerRoutes(app, parts)
  algorithmRoutes(app, parts)
  custodyRoutes(app, parts)
  samRoutes(app, parts)
  dayRoutes(app, parts)
  fileRoutes(app, parts)
  publishedRoutes(app, parts)
  transactionRoutes(app, parts)
  disputeRoutes(app, parts)
  subsidyRoutes(app, parts)
  adjustmentRoutes(app, parts)
  expectedRoutes(app, parts)
  holdRoutes(app, parts)
  memberPaymentRoutes(app, parts)
  suspenseRoutes(app, parts)
  flowRoutes(app, parts)
  controlRoutes(app)
  nationalRoutes(app, parts)
  portalRoutes(app, parts)
  openDataRoutes(app, parts)
}

/** What every request passes before its route: who asks, what was signed, and the rules of selling that hold everywhere. */
function standInFront(app: App, parts: Parts): void {
  guardRoutes(app, parts, firstOf(authenticateDevices(parts), authenticateClients(parts)))
  guardSignedBodies(app)
  keepSellingTerms(app, parts)
  keepCashInShifts(app, parts)
}

/** An answer of the API is data: whoever opens it as a page gets one that may do nothing and stand in no frame. */
const apiHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer'
}

/** No inline script anywhere; style attributes are allowed because charts and their tooltips write them. */
const contentSecurityPolicy = {
  'default-src': ["'self'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'style-src-attr': ["'unsafe-inline'"],
  'img-src': ["'self'", 'data:', 'blob:'],
  'media-src': ["'self'", 'blob:'],
  'object-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"]
}

const logger = {
  level: 'info',
  serializers: {
    req: ({ id, method, url, ip }: { id: string; method: string; url: string; ip: string }) => ({
      id,
      method,
      path: url.split('?', 1)[0],
      ip
    })
  }
}

/** What is said in one turn of the event loop is written at its end, in one piece: a line is not worth a system call of its own. */
function linesOfOneTurn(): { write: (line: string) => void } {
  let lines = ''
  const flush = (): void => {
    const all = lines
    lines = ''
    if (all !== '') process.stdout.write(all)
  }
  process.on('exit', flush)
  return {
    write(line) {
      if (lines === '') setImmediate(flush)
      lines += line
    }
  }
}

/** What was asked and what came of it in one line, when it is answered. */
class OneLineEach extends LogController {
  override incomingRequest(): void {}

  override requestCompleted(error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    const line = { req: request, res: reply, responseTime: reply.elapsedTime }
    if (error) reply.log.error({ ...line, err: error }, 'request errored')
    else reply.log.info(line, 'request completed')
  }
}

/** Which methods each address takes, for a 405 that says so. */
function collectMethods(app: App): (path: string) => string[] {
  const routes: { pattern: RegExp; methods: string[] }[] = []
  app.addHook('onRoute', ({ url, method }) => {
    if (url === '*' || url === '/*') return
    const pattern = url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/:\w+/g, '[^/]+')
    routes.push({ pattern: new RegExp(`^${pattern.replaceAll('*', '.*')}$`), methods: [method].flat() })
  })
  return (path) => [...new Set(routes.flatMap(({ pattern, methods }) => (pattern.test(path) ? methods : [])))].sort()
}
