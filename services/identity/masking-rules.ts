// How a name or a number is shown (ticketing facts §9): enough for its holder to know it, too little for anybody else.
import { printedNumber, type IdentityDocument } from './document-rules.ts'

/** 'public' is a slip, a screen or the passenger's own list; 'staff' is a list at the counter. */
export type Audience = 'public' | 'staff'

export function maskName(name: string): string {
  const characters = Array.from(name.trim())
  if (characters.length <= 1) return '*'
  if (characters.length === 2) return `*${characters[1]}`
  return `${characters[0]}${'*'.repeat(characters.length - 1)}`
}

export function maskNumber(document: IdentityDocument, audience: Audience): string {
  const normal = printedNumber(document)
  if (normal.length >= 15) return hideMiddle(normal, audience === 'staff' ? 6 : 1, 4)
  return hideMiddle(normal, 1, document.kind === '02' ? 3 : 2)
}

export function maskPhone(phone: string): string {
  return hideMiddle(phone, 3, 4)
}

function hideMiddle(text: string, first: number, last: number): string {
  const hidden = Math.max(text.length - first - last, 0)
  return hidden === 0 ? '*'.repeat(text.length) : text.slice(0, first) + '*'.repeat(hidden) + text.slice(-last)
}
