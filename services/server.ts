// `npm run server`: the HTTP service. Says 'listening' to a parent that started it; ends in order on SIGTERM or when the parent is gone.
import { buildApp } from './app.ts'
import { readConfig } from './config.ts'
import { installCrashPolicy } from './crash-policy.ts'
import { endWith, openParts } from './open-parts.ts'

installCrashPolicy(console.error)
const config = readConfig()
const { parts, close } = await openParts(config, 'server', console.error)
const app = await buildApp(parts, { logger: true })
const stop = async (): Promise<void> => {
  await app.close()
  await close()
}
endWith(stop)
await app.listen({ host: config.host, port: config.port })
process.send?.('listening')
