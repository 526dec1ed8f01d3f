// `npm run worker`: takes in files that arrived, closes the day at its cut, settles and publishes it, and does every other job
// that falls due. Start as many as there are machines.
import { nightJobs } from './clearing-desk/night-jobs.ts'
import { takeArrivalJob } from './clearing-desk/take-arrival-job.ts'
import { readConfig } from './config.ts'
import { installCrashPolicy } from './crash-policy.ts'
import { startWorker, type Job } from './jobs/worker-rounds.ts'
import { endWith, openParts } from './open-parts.ts'

const jobs: readonly Job[] = [takeArrivalJob, ...nightJobs]

installCrashPolicy(console.error)
const { parts, queue, close } = await openParts(readConfig(), 'lingnan-worker', console.error)
const worker = startWorker(parts, { jobs, queue, complain: console.error, roundMs: 2_000, patienceMs: 10_000 })
endWith(async () => {
  await worker.stop()
  await close()
})
process.send?.('working')
