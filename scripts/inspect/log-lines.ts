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
  let unfinished = Buffer.alloc(0)

  return () => {
    const read = readFrom(file, at)
    if (!read) return []
    // One that has become shorter, or grown by too much, is read anew: the first line may have lost its beginning.
    if (read.from !== at) unfinished = Buffer.alloc(0)
    const torn = read.from > at
    at = read.from + read.bytes.length
    const lines = Buffer.concat([unfinished, read.bytes])
    const end = lines.lastIndexOf('\n') + 1
    unfinished = lines.subarray(end)
    if (end === 0) return []
    return lines
      .toString('utf8', 0, end - 1)
      .split('\n')
      .slice(torn ? 1 : 0)
  }
}

function readFrom(file: string, at: number): { from: number; bytes: Buffer } | undefined {
  return opened(file, (descriptor) => {
    const { size } = fstatSync(descriptor)
    const from = size < at ? 0 : Math.max(at, size - most)
    const bytes = Buffer.alloc(size - from)
    return { from, bytes: bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, from)) }
  })
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
