// What a package for terminals says, and by when it must be known. Pure.

export const packageKinds = ['hotlist', 'hotlist-filter', 'cities', 'prices', 'parameters', 'keys'] as const
export type PackageKind = (typeof packageKinds)[number]

const dayMs = 86_400_000
/** 交办运〔2018〕17号: a city that joins must be taken within 30 days, one that leaves refused within 7. */
export const joinDays = 30
export const leaveDays = 7

/** The day by which terminals must know a new list of cities; null when it changes nothing. */
export function citiesDueAt(before: readonly string[], after: readonly string[], now: Date): Date | null {
  const left = before.some((city) => !after.includes(city))
  const joined = after.some((city) => !before.includes(city))
  if (!left && !joined) return null
  return new Date(now.getTime() + (left ? leaveDays : joinDays) * dayMs)
}

export interface TerminalKnowledge {
  terminal: string
  acquirer: string
  place: string
  /** The newest version of the kind it has said it knows; 0 for none. */
  version: number
  registeredAt: Date
}

export interface Clock {
  dueAt: Date
  version: number
  late: TerminalKnowledge[]
  inTime: number
}

/** Who is late with a version that is due: a terminal registered after the due day had until it was registered. */
export function clockOf(due: { version: number; dueAt: Date }, known: readonly TerminalKnowledge[], now: Date): Clock {
  const behind = known.filter(({ version }) => version < due.version)
  const late = now > due.dueAt ? behind : []
  return { ...due, late, inTime: known.length - behind.length }
}

/** What was listed and what was taken off since: two lists of numbers, 8 bytes each, behind their counts. */
export function deltaBytes(added: Uint8Array, removed: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + added.length + removed.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, added.length / 8)
  view.setUint32(4, removed.length / 8)
  bytes.set(added, 8)
  bytes.set(removed, 8 + added.length)
  return bytes
}
