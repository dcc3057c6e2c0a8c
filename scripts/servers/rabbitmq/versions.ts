/** Whether a version is this one or a later one. */
export function atLeast(version: string, wanted: string): boolean {
  const [have, want] = [version, wanted].map((text) => text.split('.').map(Number)) as [number[], number[]]
  const different = want.findIndex((part, index) => part !== (have[index] ?? 0))
  return different === -1 || (have[different] ?? 0) > (want[different] ?? 0)
}

/** The version with what it lacks, for a line about the broker. */
export function describeVersion(version: string): string {
  if (atLeast(version, '4.3')) return version
  const does = atLeast(version, '4.0') ? 'mixes two levels of priority' : 'ignores priorities'
  return `${version} (it ${does}: strict ones need 4.3)`
}
