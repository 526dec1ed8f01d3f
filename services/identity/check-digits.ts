// Check digits of identity documents: MOD 11-2 of ISO 7064 (GB 11643, permits for foreigners since 2023) and the 7-3-1 digit of
// ICAO 9303 machine-readable zones. Pure, and free of node: modules, because the passenger page checks while one types.

const mod11Weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

/** The last character that belongs to 17 digits. */
export function mod11CheckCharacter(first17: string): string {
  const sum = mod11Weights.reduce((total, weight, index) => total + weight * Number(first17[index]), 0)
  return '10X98765432'[sum % 11]!
}

export function hasMod11CheckCharacter(number: string): boolean {
  return /^\d{17}[\dX]$/.test(number) && number[17] === mod11CheckCharacter(number.slice(0, 17))
}

/** A field of a machine-readable zone: digits, A–Z and the filler. */
export function icaoCheckDigit(field: string): number {
  const weights = [7, 3, 1]
  return (
    Array.from(field).reduce((total, character, index) => total + icaoValue(character) * weights[index % 3]!, 0) % 10
  )
}

function icaoValue(character: string): number {
  if (character === '<') return 0
  const code = character.charCodeAt(0)
  return code < 65 ? code - 48 : code - 55
}

/** The second line (44 characters) of a passport's zone: document number, birth, expiry, optional data, composite. */
export function isPassportZone(line: string): boolean {
  if (!/^[A-Z0-9<]{44}$/.test(line)) return false
  const checked = (from: number, to: number) => digitFits(line[to]!, line.slice(from, to))
  const optional = line.slice(28, 42)
  const optionalFits = checked(28, 42) || (line[42] === '<' && /^<+$/.test(optional))
  const composite = line.slice(0, 10) + line.slice(13, 20) + line.slice(21, 43)
  return checked(0, 9) && checked(13, 19) && checked(21, 27) && optionalFits && digitFits(line[43]!, composite)
}

function digitFits(digit: string, field: string): boolean {
  return digit === String(icaoCheckDigit(field))
}
