// /v1/card-algorithms: how far the migration from 3DES to SM4 is on a day: cards, terminals and transactions, by issuer and acquirer.
import { Type } from 'typebox'
import { BusinessDaySchema } from '../../../clearing/business-day.ts'
import { listAlgorithms, listTerminalAlgorithms } from '../../../clearing/participants/algorithms/algorithm-queries.ts'
import type { App, Parts } from '../../parts.ts'

const Count = Type.Integer({ minimum: 0 })

export function algorithmRoutes(app: App, { sql }: Parts): void {
  app.get(
    '/v1/card-algorithms',
    {
      config: { permit: 'run-cards' },
      schema: {
        tags: ['密管 Keys'],
        summary: '算法迁移进度 Cards, terminals and transactions of a day of rides by algorithm',
        querystring: Type.Object({ day: BusinessDaySchema }),
        response: {
          200: Type.Object({
            issuers: Type.Array(
              Type.Object({
                issuer: Type.String(),
                issuerName: Type.String(),
                desTransactions: Count,
                sm4Transactions: Count,
                desCards: Count,
                sm4Cards: Count
              })
            ),
            acquirers: Type.Array(
              Type.Object({
                acquirer: Type.String(),
                acquirerName: Type.String(),
                terminals: Count,
                sm4Terminals: Type.Integer({ minimum: 0, description: '当日受理过 SM4 交易的终端' })
              })
            )
          })
        }
      }
    },
    async ({ query }) => ({
      issuers: await listAlgorithms(sql, query.day),
      acquirers: await listTerminalAlgorithms(sql, query.day)
    })
  )
}
