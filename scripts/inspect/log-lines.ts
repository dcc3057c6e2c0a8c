import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** Bytes that are read at once: of more, only the end. */
const most = 1024 * 1024

/**
 * Follows a file to which lines are appended.
 *
 * @param skip whether to begin at its present end
 * @returns a function that reads the complete lines since the last call; none while the file does not exist
 */
export function newLinesOf(file: string, { skip = false } = {}): () => string[] {
  let at = skip ? sizeOf(file) : 0
  /** Of the file that was read last: another one may have taken its name. */
  let inode: number | undefined
  let unfinished = Buffer.alloc(0)

  return () => {
    const read = opened(file, (descriptor) => {
      const { size, ino } = fstatSync(descriptor)
      const isOther = size < at || (inode !== undefined && ino !== inode)
      const begin = isOther ? 0 : at
      const from = Math.max(begin, size - most)
      const bytes = Buffer.alloc(size - from)
      const length = readSync(descriptor, bytes, 0, bytes.length, from)
      return { ino, from, goesOn: !isOther && from === at, torn: from > begin, bytes: bytes.subarray(0, length) }
    })
    if (!read) return []
    const text = Buffer.concat([...(read.goesOn ? [unfinished] : []), read.bytes])
    const end = text.lastIndexOf('\n') + 1
    at = read.from + read.bytes.length
    inode = read.ino
    unfinished = text.subarray(end)
    if (end === 0) return []
    // Where something was left out, the first line has lost its beginning.
    return text
      .toString('utf8', 0, end - 1)
      .split('\n')
      .slice(read.torn ? 1 : 0)
  }
}

function sizeOf(file: string): number {
  return opened(file, (descriptor) => fstatSync(descriptor).size) ?? 0
}

function opened<Result>(file: string, use: (descriptor: number) => Result): Result | undefined {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return undefined
  }
  try {
    return use(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
