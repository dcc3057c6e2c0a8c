/** The environment of a process whose clock is off by so many milliseconds: its `Date` differs, and nothing else. */
export function clockOff(milliseconds: number): Record<string, string> {
  const code = `
    const Right = Date
    globalThis.Date = class Date extends Right {
      constructor(...given) {
        if (given.length > 0) super(...given)
        else super(Date.now())
      }
      static now() {
        return Right.now() + ${milliseconds}
      }
    }`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` }
}
