// Who may do what: one table, read by the guard in front of every route and by the test that checks it cell by cell.

export const roles = ['passenger', 'clerk', 'gate', 'dispatcher', 'station-manager', 'operator', 'participant'] as const
export type Role = (typeof roles)[number]

/** Whom a request can come from: a person or gate that signed in, or the program of a sales channel. */
export type Actor = Role | 'channel'

/** permit → the roles that hold it, by room. A passenger's permits reach his own orders only; ticketing sees to that. */
export const permits = {
  // access
  'keep-session': ['passenger', 'clerk', 'gate', 'dispatcher', 'station-manager', 'operator', 'participant'],
  'read-sign-ins': ['operator'],
  // timetable
  'run-loading-station': ['clerk'],
  'run-timetable': ['operator'],
  // fares
  'publish-fares': ['operator'],
  // identity
  'reveal-identity': ['clerk', 'operator'],
  'audit-identity': ['operator'],
  // ticketing
  'buy-ticket': ['passenger', 'clerk', 'channel'],
  'sell-at-counter': ['clerk'],
  'read-own-orders': ['passenger', 'clerk', 'channel'],
  'read-any-order': ['clerk'],
  'refund-ticket': ['passenger', 'clerk', 'channel'],
  'change-ticket': ['passenger', 'clerk', 'channel'],
  'overrule-terms': ['clerk'],
  'show-ticket-code': ['passenger', 'clerk', 'channel'],
  'sell-on-credit': ['channel'],
  // boarding
  'check-in': ['gate'],
  'sync-gate': ['gate'],
  'run-gates': ['clerk', 'station-manager', 'operator'],
  'watch-gates': ['clerk', 'dispatcher', 'station-manager', 'operator'],
  'settle-gate-conflicts': ['clerk', 'dispatcher', 'operator'],
  'agree-to-waivers': ['station-manager'],
  'publish-gate-policy': ['operator'],
  'reissue-ticket': ['clerk'],
  'end-credentials': ['passenger', 'clerk'],
  'run-issuer-keys': ['operator'],
  'read-manifest': ['clerk', 'gate', 'dispatcher', 'station-manager'],
  // channels
  'run-channels': ['operator'],
  'read-channel-account': ['channel'],
  'keep-webhooks': ['channel'],
  // revenue
  'read-revenue': ['operator', 'channel'],
  'reconcile-sales': ['operator', 'channel'],
  // station
  'read-station-day': ['clerk', 'gate', 'dispatcher', 'station-manager', 'operator'],
  'run-station-day': ['dispatcher', 'station-manager'],
  'keep-register': ['station-manager', 'operator'],
  'disrupt-departures': ['dispatcher', 'station-manager'],
  'disrupt-many-departures': ['station-manager'],
  'read-own-notices': ['passenger', 'clerk', 'channel'],
  // supervision
  'speak-of-journey': ['passenger', 'clerk'],
  'handle-cases': ['clerk', 'operator'],
  'settle-claims': ['operator'],
  // cards
  'load-cards': ['clerk', 'channel'],
  'pay-card-load': ['passenger', 'clerk', 'channel'],
  'run-cards': ['operator'],
  'keep-own-cards': ['passenger'],
  'issue-cards': ['clerk'],
  'know-packages': ['operator', 'channel'],
  'take-rides': ['operator', 'channel'],
  // keys
  'run-keys': ['operator'],
  'keep-sams': ['operator'],
  // clearing desk
  'read-clearing': ['operator'],
  'send-card-file': ['operator'],
  'run-clearing-day': ['operator'],
  'read-own-clearing': ['participant'],
  // insight
  'read-insight': ['station-manager', 'operator'],
  'run-insight': ['operator']
} as const satisfies Record<string, readonly Actor[]>

export type Permit = keyof typeof permits

export function holdsPermit(role: Actor, permit: Permit): boolean {
  return (permits[permit] as readonly Actor[]).includes(role)
}
