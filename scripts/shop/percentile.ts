/**
 * The value that this share of an ascending list does not exceed, by nearest rank; 0 for an empty list.
 *
 * @param percent from 0 to 100
 */
export function percentile(ascending: readonly number[], percent: number): number {
  return ascending[Math.max(0, Math.ceil((percent / 100) * ascending.length) - 1)] ?? 0
}
