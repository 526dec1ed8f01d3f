// Vehicles aboard, as quotes and orders name them (JT/T 405: 车型, 车长, 车牌).
import { Type } from 'typebox'

const closed = { additionalProperties: false } as const

export const vehicleKinds = ['car', 'coach', 'truck', 'motorcycle', 'tricycle', 'bicycle'] as const
export type VehicleKind = (typeof vehicleKinds)[number]

export const VehicleKindSchema = Type.Enum([...vehicleKinds], {
  description: 'car 小客车，coach 客车，truck 货车，motorcycle 摩托车，tricycle 三轮车，bicycle 自行车'
})

const description = {
  kind: VehicleKindSchema,
  lengthCm: Type.Integer({ minimum: 50, maximum: 3000, description: '车长（厘米，外廓尺寸）' }),
  newEnergy: Type.Boolean({ description: '新能源车，每航次另有限额' }),
  dangerousGoods: Type.Boolean({ description: '载有危险货物' }),
  leg: Type.Optional(Type.Integer({ minimum: 0, maximum: 3, description: '第几程，从0起；缺省为0' }))
}

export const VehicleDescription = Type.Object(description, closed)
export type VehicleDescription = Type.Static<typeof VehicleDescription>

export const VehicleRequest = Type.Object(
  {
    ...description,
    plate: Type.String({
      pattern: '^([一-龥][A-Z][A-Z0-9]{5,6}|[一-龥][A-Z][A-Z0-9]{4}[一-龥]|[0-9A-Z]{1,8})$',
      description: '车牌，省略间隔点，如 粤A12345、粤AD12345；自行车填自编号'
    }),
    driver: Type.Integer({ minimum: 0, maximum: 19, description: '驾驶员：第几位旅客，从0起' })
  },
  closed
)
export type VehicleRequest = Type.Static<typeof VehicleRequest>

export const ShownVehicle = Type.Object({
  plate: Type.String(),
  kind: Type.Enum([...vehicleKinds]),
  lengthCm: Type.Integer(),
  newEnergy: Type.Boolean(),
  dangerousGoods: Type.Boolean()
})
export type ShownVehicle = Type.Static<typeof ShownVehicle>
