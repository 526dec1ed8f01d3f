// Calls that come at the same moment, answered together by one statement: a busy process asks the database a few times for what
// hundreds of requests want, an idle one asks at once. Nobody waits for a clock, only for those already being answered.
import type { Queryable } from './database.ts'

export interface Company {
  /** Calls in one statement. */
  most: number
  /** Statements under way. */
  lanes: number
}

interface Waiting<Asked, Answer> {
  asked: Asked
  resolve: (answer: Answer) => void
  reject: (error: unknown) => void
}

/** `run` answers all that are asked, in their order; when it fails it fails for all of them. One company for each pool or transaction. */
export function together<Asked, Answer>(
  run: (sql: Queryable, all: Asked[]) => Promise<Answer[]>,
  { most, lanes }: Company
): (sql: Queryable, asked: Asked) => Promise<Answer> {
  const companies = new WeakMap<Queryable, (asked: Asked) => Promise<Answer>>()
  return async (sql, asked) => {
    const known = companies.get(sql)
    if (known) return await known(asked)
    const fresh = company(async (all: Asked[]) => await run(sql, all), { most, lanes })
    companies.set(sql, fresh)
    return await fresh(asked)
  }
}

function company<Asked, Answer>(
  run: (all: Asked[]) => Promise<Answer[]>,
  { most, lanes }: Company
): (asked: Asked) => Promise<Answer> {
  const waiting: Waiting<Asked, Answer>[] = []
  let underWay = 0
  let called = false

  const next = (): void => {
    called = false
    while (underWay < lanes && waiting.length > 0) {
      underWay++
      void answer(waiting.splice(0, most)).finally(() => {
        underWay--
        if (waiting.length > 0) call()
      })
    }
  }
  // After all requests that have arrived by now were read.
  const call = (): void => {
    if (called || underWay >= lanes) return
    called = true
    setImmediate(next)
  }
  const answer = async (all: Waiting<Asked, Answer>[]): Promise<void> => {
    try {
      const answers = await run(all.map(({ asked }) => asked))
      if (answers.length !== all.length) throw new Error(`${answers.length} answers to ${all.length} questions`)
      for (const [nth, { resolve }] of all.entries()) resolve(answers[nth]!)
    } catch (error) {
      for (const { reject } of all) reject(error)
    }
  }
  return async (asked) =>
    await new Promise((resolve, reject) => {
      waiting.push({ asked, resolve, reject })
      call()
    })
}
