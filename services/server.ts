// `npm run server`: the HTTP service. Says 'listening' to a parent that started it; ends in order on SIGTERM or when the parent is gone.
import { serveTransfers } from '../clearing/transfer/serve-transfers.ts'
import { buildApp } from './app.ts'
import { openMemberStore } from './clearing-desk/transfers/member-store.ts'
import { readConfig } from './config.ts'
import { installCrashPolicy } from './crash-policy.ts'
import { endWith, openParts } from './open-parts.ts'

installCrashPolicy(console.error)
const config = readConfig()
const { parts, close } = await openParts(config, 'server', console.error)
const app = await buildApp(parts, { logger: true })
const { host, transferPort: port } = config
const transfers =
  port > 0 ? await serveTransfers({ host, port, store: openMemberStore(parts), complain: console.error }) : null
const stop = async (): Promise<void> => {
  await transfers?.stop()
  await app.close()
  await close()
}
endWith(stop)
await app.listen({ host: config.host, port: config.port })
process.send?.('listening')
