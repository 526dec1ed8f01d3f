// Who may do what: one table, read by the guard in front of every route and by the test that checks it cell by cell.

export const roles = ['passenger', 'clerk', 'gate', 'operator'] as const
export type Role = (typeof roles)[number]

/** permit → the roles that hold it, by room. A passenger's permits reach his own orders only; ticketing sees to that. */
export const permits = {
  // access
  'keep-session': ['passenger', 'clerk', 'gate', 'operator'],
  'read-sign-ins': ['operator'],
  // fares
  'publish-fares': ['operator'],
  // ticketing
  'buy-ticket': ['passenger', 'clerk'],
  'sell-at-counter': ['clerk'],
  'read-own-orders': ['passenger', 'clerk'],
  'read-any-order': ['clerk'],
  'refund-ticket': ['passenger', 'clerk'],
  'show-ticket-code': ['passenger', 'clerk'],
  // boarding
  'check-in': ['gate'],
  'read-manifest': ['clerk', 'gate'],
  // clearing desk
  'read-clearing': ['operator'],
  'send-card-file': ['operator'],
  'run-clearing-day': ['operator']
} as const satisfies Record<string, readonly Role[]>

export type Permit = keyof typeof permits

export function holdsPermit(role: Role, permit: Permit): boolean {
  return (permits[permit] as readonly Role[]).includes(role)
}
