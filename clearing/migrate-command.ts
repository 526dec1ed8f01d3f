// `npm run migrate`: brings the database at DATABASE_URL up to date.
import { connect } from './database.ts'
import { migrate } from './migrate.ts'

const url = process.env['DATABASE_URL']
if (!url) throw new Error('DATABASE_URL says which database to migrate')
const sql = connect(url, { max: 2 })
const applied = await migrate(sql)
console.log(applied.length === 0 ? 'nothing to do' : `applied ${applied.join(', ')}`)
await sql.end()
