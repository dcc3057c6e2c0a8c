/** Seconds of so many milliseconds: `0.4 s`. */
export function seconds(milliseconds = 0): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`
}

/** How long ago, in the largest unit that fits: `45s`, `12m`, `5h`, `31d`; `?` when the time is not known. */
export function age(time: Date | undefined, now: Date): string {
  if (!time) return '?'
  const seconds = Math.max(0, Math.round((now.getTime() - time.getTime()) / 1_000))
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`
}

/** A number, or `?` while it is not known. */
export function known(count: number | undefined): string {
  return count === undefined ? '?' : String(count)
}
