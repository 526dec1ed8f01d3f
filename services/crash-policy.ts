// What a process does about an error nobody caught: the one postgres.js throws from a socket when a backend dies has already been
// answered to whoever waited, so it is noted and survived; after anything else nothing can be trusted, and the process ends.
import { isLostConnectionNoise } from '../clearing/database.ts'

export function installCrashPolicy(complain: (problem: string) => void): void {
  const judge = (error: unknown): void => {
    if (isLostConnectionNoise(error)) return complain('a database connection was lost')
    complain(`uncaught: ${error instanceof Error ? error.stack : String(error)}`)
    process.exit(1)
  }
  process.on('uncaughtException', judge)
  process.on('unhandledRejection', judge)
}
