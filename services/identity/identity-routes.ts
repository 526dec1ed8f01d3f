// POST /v1/document-checks: is this number acceptable for its kind? Nothing of it is kept or logged.
import { calendarDay } from '../../clearing/business-day.ts'
import type { App, Parts } from '../parts.ts'
import { serviceRefusals } from '../refusals.ts'
import { birthDayOf, checkDocument } from './document-rules.ts'
import { DocumentCheck, DocumentSchema } from './identity-schemas.ts'
import { maskNumber } from './masking-rules.ts'

export function identityRoutes(app: App, { clock }: Parts): void {
  app.post(
    '/v1/document-checks',
    {
      config: { permit: 'anyone' },
      schema: {
        tags: ['实名 Identity'],
        summary: '校验证件号码 Check a document number',
        body: DocumentSchema,
        response: { 200: DocumentCheck }
      }
    },
    async ({ body }) => {
      const fault = checkDocument(body, calendarDay(clock()))
      const birthDay = fault ? null : birthDayOf(body)
      return {
        acceptable: fault === null,
        ...(fault ? { fault, message: serviceRefusals[fault][1] } : {}),
        ...(birthDay ? { birthDay } : {}),
        masked: maskNumber(body, 'public')
      }
    }
  )
}
