/**
 * The value that `percent` of a hundred do not exceed (nearest rank).
 *
 * @param ascending without any, 0
 */
export function percentile(ascending: readonly number[], percent: number): number {
  return ascending[Math.max(0, Math.ceil((percent / 100) * ascending.length) - 1)] ?? 0
}
