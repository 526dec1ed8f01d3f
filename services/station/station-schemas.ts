// What every part of the station's day speaks of: a departure at one of its places.
import { Type } from 'typebox'
import { Id, PlaceCode } from '../network/network-schemas.ts'

export const tags = ['站务 Station']
export const closed = { additionalProperties: false } as const
export const byId = Type.Object({ id: Type.String({ format: 'uuid', description: '由调用方选定' }) })
export const AtPlace = Type.Object({ id: Id, place: PlaceCode })
export const Uuid = Type.String({ format: 'uuid' })

/** The plate, the vessel's name, or the number a carrier knows its driver by. */
export const RegisterCode = Type.String({ minLength: 1, maxLength: 20, pattern: '^[^\\p{Cc}\\s]+$' })

export const paperKinds = [
  'vehicle-licence',
  'transport-permit',
  'liability-insurance',
  'seaworthiness',
  'operation-permit',
  'driving-licence',
  'qualification',
  'competency'
] as const
export const PaperKind = Type.Enum([...paperKinds], {
  description:
    'vehicle-licence 行驶证，transport-permit 道路运输证，liability-insurance 承运人责任险，seaworthiness 船舶检验证书，operation-permit 船舶营业运输证，driving-licence 驾驶证，qualification 从业资格证，competency 船员适任证书'
})
export type PaperKind = Type.Static<typeof PaperKind>

/** How many came aboard, by class; free passengers and vehicles among them. */
export const CountsByClass = Type.Object({
  full: Type.Integer(),
  half: Type.Integer(),
  free: Type.Integer(),
  vehicle: Type.Integer(),
  truck: Type.Integer()
})
export type CountsByClass = Type.Static<typeof CountsByClass>
