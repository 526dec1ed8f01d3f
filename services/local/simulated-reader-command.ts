// The sample province's card reader, a process of its own beside server and worker: started by `npm start`, ended with it.
import { join } from 'node:path'
import { readerSocket } from '../cards/reader/card-reader.ts'
import { startSimulatedReader } from '../cards/reader/simulated-reader.ts'
import { readConfig } from '../config.ts'

const { dataFolder } = readConfig()
const server = await startSimulatedReader(
  readerSocket(dataFolder),
  join(dataFolder, 'sample', 'cards-of-the-reader.json')
)
process.on('SIGTERM', () => server.close(() => process.exit(0)))
process.on('disconnect', () => process.exit(0))
process.send?.('working')
