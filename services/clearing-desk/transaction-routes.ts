// /v1/clearing/transactions/FILE:LINE: what became of one line of one file, and why.
import { Type } from 'typebox'
import { explainTransaction } from '../../clearing/settlement/explain-transaction.ts'
import type { TransactionStory } from '../../clearing/settlement/transaction-story.ts'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'

export function transactionRoutes(app: App, { context }: Parts): void {
  app.get(
    '/v1/clearing/transactions/:id',
    {
      config: { permit: 'read-clearing' },
      schema: {
        tags: ['清分台 Clearing desk'],
        summary: '一笔交易的来龙去脉 The story of one line: file, checks, fee, position, statements',
        params: Type.Object({ id: Type.String({ pattern: '^\\d{1,9}:\\d{1,10}$', description: '文件编号:行号' }) }),
        response: { 200: Story, ...problems('transaction-not-found') }
      }
    },
    async ({ params }) => await explainTransaction(context, params.id)
  )
}

/** What does not apply to the line is left out, so everything but its identity is open. */
const Story = Type.Unsafe<TransactionStory>(
  Type.Object({ id: Type.String(), line: Type.Integer() }, { additionalProperties: true })
)
