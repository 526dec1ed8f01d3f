// A passenger as a request names one, and as an answer shows one.
import { Type } from 'typebox'
import { documentKinds, type DocumentKind } from './document-rules.ts'

const closed = { additionalProperties: false } as const
const kindText = Object.entries(documentKinds).map(([code, [chinese]]) => `${code} ${chinese}`)

export const DocumentKindSchema = Type.Enum(Object.keys(documentKinds) as DocumentKind[], {
  description: `证件类型：${kindText.join('、')}`
})

export const DocumentSchema = Type.Object(
  {
    kind: DocumentKindSchema,
    number: Type.String({
      minLength: 4,
      maxLength: 44,
      description: '证件号码，或护照机读码第二行；加密存放，从不原样返回'
    })
  },
  closed
)
export type Document = Type.Static<typeof DocumentSchema>

export const DocumentCheck = Type.Object({
  acceptable: Type.Boolean(),
  fault: Type.Optional(Type.String({ description: '不可接受的原因代码' })),
  message: Type.Optional(Type.String()),
  birthDay: Type.Optional(Type.String({ format: 'date', description: '证件号码所含的出生日期' })),
  masked: Type.String()
})

export const ShownIdentity = Type.Object({
  name: Type.String({ description: '脱敏姓名' }),
  documentKind: Type.Union([DocumentKindSchema, Type.Null()]),
  documentNumber: Type.Union([Type.String(), Type.Null()], { description: '脱敏证件号码' })
})
export type ShownIdentity = Type.Static<typeof ShownIdentity>
