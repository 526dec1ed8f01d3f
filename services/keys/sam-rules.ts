// What may become of a security module: it moves and serves, it is lost and perhaps found again, and once destroyed it stays so.

export const samStates = ['in-stock', 'in-transit', 'in-service', 'lost', 'destroyed'] as const
export type SamState = (typeof samStates)[number]

/** A loss is reported, and ended by finding it; neither is a move. */
export function canMove(from: SamState, to: SamState): boolean {
  return from !== 'lost' && from !== 'destroyed' && to !== 'lost'
}
