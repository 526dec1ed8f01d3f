// Passengers that do not exist: every one with an identity number of his own whose check character is right (GB 11643).

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
/** First day of birth, and how many days after it: grown-ups, and children between seven and thirteen for years to come. */
const births = { full: [Date.UTC(1960, 0, 1), 14_000], half: [Date.UTC(2016, 0, 1), 1_000] } as const

const serials = { full: 0, half: 0 }

export function newPassenger(fare: 'full' | 'half' = 'full') {
  const number = serials[fare]++
  const [first, days] = births[fare]
  const day = new Date(first + (Math.floor(number / 1000) % days) * 86_400_000).toISOString().slice(0, 10)
  const area = 440_100 + Math.floor(number / 1000 / days)
  const first17 = `${area}${day.replaceAll('-', '')}${String(number % 1000).padStart(3, '0')}`
  const sum = weights.reduce((total, weight, at) => total + weight * Number(first17[at]), 0)
  return { name: '压测旅客', document: { kind: '01', number: first17 + '10X98765432'[sum % 11] }, fare }
}
