// One code, many doors (一码通行): what kinds of doors there are, and which of them a ticket may pass when. Pure, without imports at run
// time: the server, the gate page and the simulated gate decide by the same lines.

export const passageKinds = ['security', 'hall', 'boarding', 'transfer', 'deck', 'parking'] as const
export type PassageKind = (typeof passageKinds)[number]

export interface PassageRule {
  name: string
  english: string
  /** Minutes before the departure at which the door lets in; null: from the opening of check-in. */
  opensMinutes: number | null
  /** Minutes after the departure until which it does; null: until the end of check-in. */
  closesMinutes: number | null
  /** May the same ticket pass twice? */
  repeats: boolean
  /** Passing uses the ticket up (检票). */
  consumes: boolean
  /** Whose ticket: a person's, a vehicle's, or either. */
  carries: 'person' | 'vehicle' | 'either'
  /** A door that must have been passed before this one, where the place has such a door. */
  after: PassageKind | null
}

export const passageRules: Record<PassageKind, PassageRule> = {
  security: {
    name: '安检',
    english: 'security check',
    opensMinutes: 240,
    closesMinutes: null,
    repeats: true,
    consumes: false,
    carries: 'person',
    after: null
  },
  hall: {
    name: '候车厅',
    english: 'waiting hall',
    opensMinutes: 240,
    closesMinutes: null,
    repeats: true,
    consumes: false,
    carries: 'person',
    after: 'security'
  },
  boarding: {
    name: '检票',
    english: 'boarding',
    opensMinutes: null,
    closesMinutes: null,
    repeats: false,
    consumes: true,
    // Vehicles too, where they have no lane of their own.
    carries: 'either',
    after: 'security'
  },
  // Between two legs: seen on arrival, so long before the next departure.
  transfer: {
    name: '换乘',
    english: 'transfer',
    opensMinutes: 720,
    closesMinutes: null,
    repeats: true,
    consumes: false,
    carries: 'person',
    after: null
  },
  deck: {
    name: '车辆甲板',
    english: 'vehicle deck',
    opensMinutes: null,
    closesMinutes: null,
    repeats: false,
    consumes: true,
    carries: 'vehicle',
    after: null
  },
  // In and out, from the day before until the day after.
  parking: {
    name: '停车场',
    english: 'parking',
    opensMinutes: 1440,
    closesMinutes: 1440,
    repeats: true,
    consumes: false,
    carries: 'either',
    after: null
  }
}
