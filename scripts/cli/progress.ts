/** Says of each part when it is there and how long it took. */
export interface Progress {
  /** Waits for a part and says so; returns what the part is. */
  part<Value>(name: string, starting: Promise<Value>, detail?: (value: Value) => string): Promise<Value>
  /** Seconds that a part took, as text; what was never started took none. */
  took(name: string): string
}

export function createProgress(say: (line: string) => void): Progress {
  const durations = new Map<string, number>()

  return {
    async part(name, starting, detail = () => '') {
      const began = performance.now()
      const value = await starting
      durations.set(name, performance.now() - began)
      say(`  ${name.padEnd(10)}  ${detail(value).padEnd(44)}  ${seconds(durations.get(name))}`)
      return value
    },
    took: (name) => seconds(durations.get(name)),
  }
}

/** As people read it: `0.4 s`. */
export function seconds(milliseconds = 0): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`
}
