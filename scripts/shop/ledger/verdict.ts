/** The verdict on one promise of the shop. */
export interface Verdict {
  readonly promise: string
  /** The counts behind the verdict. */
  readonly figures: string
  /** One sentence for each breach; none if the promise was kept. */
  readonly breaches: readonly string[]
}

/** Entries by their key. */
export function by<Entry>(entries: readonly Entry[], key: (entry: Entry) => string): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>()
  for (const entry of entries) {
    const group = groups.get(key(entry))
    if (group) group.push(entry)
    else groups.set(key(entry), [entry])
  }
  return groups
}

export function sum<Entry>(entries: readonly Entry[], amount: (entry: Entry) => number): number {
  return entries.reduce((total, entry) => total + amount(entry), 0)
}

/** Cents as people write them. */
export function money(cents: number): string {
  return (cents / 100).toLocaleString('en', { minimumFractionDigits: 2 })
}

export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${number === 1 ? noun : `${noun}s`}`
}
