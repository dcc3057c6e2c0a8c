import { clearLine } from './terminal.ts'
import { seconds } from './units.ts'

/** Reports each part of a start as it becomes ready, with the time that it took. */
export interface Progress {
  /** Waits for a part, reports it and returns it. */
  part<Value>(name: string, starting: Promise<Value>, detail?: (value: Value) => string): Promise<Value>
  /** The time that a part took, such as `0.4 s`; zero for one that was never started. */
  took(name: string): string
}

export function createProgress(report: (line: string) => void): Progress {
  const durations = new Map<string, number>()

  return {
    async part(name, starting, detail = () => '') {
      const began = performance.now()
      const value = await starting
      durations.set(name, performance.now() - began)
      report(`  ${name.padEnd(10)}  ${detail(value).padEnd(44)}  ${seconds(durations.get(name))}`)
      return value
    },
    took: (name) => seconds(durations.get(name)),
  }
}

/** How far a command is: one line that changes on a terminal, a new line each time elsewhere. */
export function progressLine(stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>) {
  return {
    show(line: string): void {
      stream.write(stream.isTTY ? `${clearLine}${line}` : `${line}\n`)
    },
    /** Clears the line for what comes next. */
    end(): void {
      if (stream.isTTY) stream.write(clearLine)
    },
  }
}

/** `[█████───────────────] 25%` */
export function bar(done: number, all: number, width = 20): string {
  const share = all === 0 ? 1 : Math.min(1, done / all)
  const full = Math.floor(share * width)
  return `[${'█'.repeat(full)}${'─'.repeat(width - full)}] ${Math.floor(share * 100)}%`
}
