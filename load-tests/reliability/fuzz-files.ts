// `npm run load -- fuzz-files [--cases 100000] [--seed 1] [--kinds CD,FB]` (R9): damaged files of every layout of the interface. Each is read,
// and says the same when written and read again, or is refused; anything else stops the run and names its seed and case.
import { parseArgs } from 'node:util'
import { fuzz, fuzzedKinds, type FuzzReport } from '../../clearing/card-files/exchange/test-fuzz.ts'

const { values: flags } = parseArgs({
  options: {
    cases: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    kinds: { type: 'string', default: fuzzedKinds.join(',') }
  }
})
const cases = Number(flags.cases)
const kinds = fuzzedKinds.filter((kind) => flags.kinds.split(',').includes(kind))
const begun = performance.now()
const reports: FuzzReport[] = []
for (const kind of kinds) {
  const report = fuzz(kind, cases, Number(flags.seed))
  reports.push(report)
  console.log(
    `${kind}: ${report.cases.toLocaleString('en')} cases, ${report.sound.toLocaleString('en')} read and the same again, ${report.unwritable} not writable, the rest refused`
  )
}
console.log(
  JSON.stringify({
    load: 'fuzz-files',
    layouts: reports.length,
    cases: reports.reduce((sum, report) => sum + report.cases, 0),
    casesPerLayout: cases,
    crashes: 0,
    sound: reports.reduce((sum, report) => sum + report.sound, 0),
    unwritable: reports.reduce((sum, report) => sum + report.unwritable, 0),
    seconds: Math.round((performance.now() - begun) / 100) / 10
  })
)
