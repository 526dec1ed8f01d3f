// `npm run worker`: takes in files that arrived, closes the day at its cut, settles and publishes it, and does every other job
// that falls due. Start as many as there are machines.
import { connect } from '../clearing/database.ts'
import { expireSessionsJob } from './access/expire-sessions-job.ts'
import { forgetGateNoncesJob } from './boarding/gates/devices/forget-nonces-job.ts'
import { settleClaimsJob } from './cards/claims/pay-claim.ts'
import { watchLoadsJob } from './cards/loading/watch-loads.ts'
import { completeJourneysJob } from './cards/metro-journeys/complete-journeys.ts'
import { collectRidesJob } from './cards/ride-codes/collect-rides.ts'
import { postDebtsJob } from './cards/ride-codes/post-debts.ts'
import { exchangeNationallyJob } from './clearing-desk/national/exchange-nationally-job.ts'
import { chaseGapsJob, tellChasesJob } from './clearing-desk/arrivals/tell-chases-job.ts'
import { nightJobs } from './clearing-desk/night-jobs.ts'
import { paymentJobs } from './clearing-desk/money/payment-jobs.ts'
import { takeArrivalsJob } from './clearing-desk/take-arrivals-job.ts'
import { forgetClientTracesJob } from './channels/channel-jobs.ts'
import { pushWebhooksJob } from './channels/webhooks/push-webhooks.ts'
import { sweepHoldingFolder } from './clearing-desk/watch-inbox.ts'
import { readConfig } from './config.ts'
import { installCrashPolicy } from './crash-policy.ts'
import { bringPoliciesIntoForceJob } from './fares/publish-policy.ts'
import { forgetIdentitiesJob } from './identity/retention/forget-identities.ts'
import { analyseFlowJob } from './insight/flow/analyse-day.ts'
import { startWorker, type Job } from './jobs/worker-rounds.ts'
import { endWith, openParts } from './open-parts.ts'
import { postPartnerLegsJob } from './revenue/partner-legs/post-partner-legs.ts'
import { postRevenueJob } from './revenue/post-revenue.ts'
import { issueInvoicesJob } from './revenue/invoices/issue-invoices.ts'
import { publishRevenueJob } from './revenue/publish-revenue.ts'
import { superviseJob } from './supervision/handle-case.ts'
import { settleMissedConnectionsJob } from './supervision/missed-connections.ts'
import { keepTicketLogJob } from './ticket-log/append-events.ts'
import { stationJobs } from './station/station-jobs.ts'
import { ticketingJobs } from './ticketing/ticketing-jobs.ts'
import { generateDeparturesJob } from './timetable/generate-departures.ts'

const jobs: readonly Job[] = [
  ...ticketingJobs,
  ...stationJobs,
  bringPoliciesIntoForceJob,
  forgetIdentitiesJob,
  takeArrivalsJob,
  ...nightJobs,
  ...paymentJobs,
  exchangeNationallyJob,
  chaseGapsJob,
  tellChasesJob,
  generateDeparturesJob,
  expireSessionsJob,
  pushWebhooksJob,
  keepTicketLogJob,
  superviseJob,
  settleMissedConnectionsJob,
  watchLoadsJob,
  collectRidesJob,
  postDebtsJob,
  settleClaimsJob,
  completeJourneysJob,
  postRevenueJob,
  postPartnerLegsJob,
  publishRevenueJob,
  issueInvoicesJob,
  forgetClientTracesJob,
  forgetGateNoncesJob,
  analyseFlowJob
]

installCrashPolicy(console.error)
const config = readConfig()
const { parts, queue, close } = await openParts(config, 'worker', console.error)
await sweepHoldingFolder(parts, new Date())
const locks = connect(config.databaseUrl, { name: 'lingnan-worker-locks', max: 1 })
const pace = { roundMs: 2_000, patienceMs: 10_000 }
const worker = startWorker(parts, { jobs, queue, locks, complain: console.error, ...pace })
endWith(async () => {
  await worker.stop()
  await locks.end({ timeout: 5 })
  await close()
})
process.send?.('working')
