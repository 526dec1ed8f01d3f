// The causes for which staff set the terms of a ticket aside (ticketing facts §3.2): free of charge, by permit, with the reason kept.

export const overruleCodes = [
  'CONNECTION_BROKEN',
  'DEATH',
  'DISRUPTION',
  'EQUIPMENT_FAILURE',
  'INABILITY_TO_TRAVEL',
  'MISSED_DEPARTURE',
  'PAYMENT_FAILURE',
  'PORT_CLOSED',
  'SALES_STAFF_ERROR',
  'STOP_NOT_SERVED',
  'STRIKE',
  'TECHNICAL_FAILURE',
  'WEATHER'
] as const
export type OverruleCode = (typeof overruleCodes)[number]

export interface Overrule {
  code: OverruleCode
  /** What happened, in the clerk's words. */
  note: string
}
