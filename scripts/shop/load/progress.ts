import type { WriteStream } from 'node:tty'

/** Where a command shows how far it is: one line that changes on a terminal, a new line each time elsewhere. */
export function progressOn(stream: Pick<WriteStream, 'isTTY' | 'write'>) {
  return {
    show(line: string): void {
      stream.write(stream.isTTY ? `\r\x1b[2K${line}` : `${line}\n`)
    },
    /** Leaves the line, so that what comes next stands on its own. */
    end(): void {
      if (stream.isTTY) stream.write('\r\x1b[2K')
    },
  }
}

/** `[█████───────────────] 25%` */
export function bar(done: number, all: number, width = 20): string {
  const share = all === 0 ? 1 : Math.min(1, done / all)
  const full = Math.floor(share * width)
  return `[${'█'.repeat(full)}${'─'.repeat(width - full)}] ${Math.floor(share * 100)}%`
}
