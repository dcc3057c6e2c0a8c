const unit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Its groups are named because the pattern appears in error messages. */
export const durationPattern = /^(?<amount>\d+(?:\.\d+)?)(?<unit>ms|s|m|h|d)$/

/** A length of time as people write it: `250ms`, `30s`, `5m`, `2h`, `30d`. */
export type Duration = `${number}${keyof typeof unit}`

/** Milliseconds of a duration such as `30s`. Throws a TypeError when it is not one. */
export function milliseconds(duration: string): number {
  const [, amount, name] = durationPattern.exec(duration) ?? []
  if (amount === undefined)
    throw new TypeError(`"${duration}" is not a duration: write a number and ms, s, m, h or d, such as 30s`)
  return Number(amount) * unit[name as keyof typeof unit]
}
