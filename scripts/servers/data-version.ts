/** A data folder, the version of the server that wrote it, and the version that would start now. */
interface DataVersion {
  readonly server: string
  readonly folder: string
  /** `undefined` for an empty folder, and for one that an early version of this program has made. */
  readonly written: string | undefined
  readonly present: string | undefined
  /** How many numbers of a version must be the same for a server to read the data. */
  readonly numbers: number
  /** What brings the earlier version back. */
  readonly remedy: (series: string) => string
}

/**
 * Makes sure that a server can read the data in a folder, before it touches them.
 *
 * @throws an error that names both versions and the ways out
 */
export function requireSameVersion({ server, folder, written, present, numbers, remedy }: DataVersion): void {
  if (written === undefined || present === undefined) return
  const series = (version: string) => version.split('.').slice(0, numbers).join('.')
  if (series(written) === series(present)) return
  throw new Error(
    `the data in ${folder} were written by ${server} ${written}, and this is ${server} ${present}, which may not be able to read them: ` +
      `${remedy(series(written))}, choose another folder with --data, or remove ${folder} to start without them.`,
  )
}
