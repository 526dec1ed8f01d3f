// Passengers that do not exist: every one with an identity number of his own whose check character is right (GB 11643).

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

let serial = 0

export function newPassenger() {
  const number = serial++
  const day = new Date(Date.UTC(1960, 0, 1 + (Math.floor(number / 1000) % 14_000))).toISOString().slice(0, 10)
  const first17 = `${440_100 + Math.floor(number / 14_000_000)}${day.replaceAll('-', '')}${String(number % 1000).padStart(3, '0')}`
  const sum = weights.reduce((total, weight, at) => total + weight * Number(first17[at]), 0)
  return { name: '压测旅客', document: { kind: '01', number: first17 + '10X98765432'[sum % 11] }, fare: 'full' }
}
