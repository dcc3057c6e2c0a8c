/** What the URL of a server contains, decoded. */
export interface Address {
  readonly protocol: string
  /** With its port, if the URL names one: for sentences. Never contains user or password. */
  readonly host: string
  /** Empty when the URL has none. */
  readonly user: string
  readonly password: string
  /** The virtual host or database; empty when the URL has none. */
  readonly path: string
}

/** Reads the URL of a broker or a database server. @throws an error that does not reveal the URL, which may contain a password */
export function addressOf(url: string): Address {
  const flaw = flawOf(url)
  if (flaw !== undefined) throw new Error(`the URL of a server ${flaw}`)
  const { protocol, host, username, password, pathname } = new URL(url)
  const [user, secret, path] = [username, password, pathname.slice(1)].map(decodeURIComponent) as [
    string,
    string,
    string,
  ]
  return { protocol, host, user, password: secret, path }
}

/** The path of these addresses is a place; that of the others is a name. */
const isWeb = /^https?:/

/** What is wrong with a URL, as the end of a sentence that never reveals it; undefined if it can be read. */
export function flawOf(text: string): string | undefined {
  if (/%(?![0-9a-f]{2})/i.test(text)) return 'has a % that encodes nothing: write %25 for a percent sign'
  if (text.includes('#')) return 'has a #, which ends a URL: write %23'
  if (!URL.canParse(text)) return 'is no URL'
  const { username, password, pathname } = new URL(text)
  if (![username, password, pathname].every(decodes))
    return 'has a % sequence that is no UTF-8: encode each character as encodeURIComponent does (ä is %C3%A4)'
  if (!isWeb.test(text) && pathname.slice(1).includes('/'))
    return 'has a second / after its host: write %2F for a slash within a name'
  return undefined
}

function decodes(part: string): boolean {
  try {
    decodeURIComponent(part)
    return true
  } catch {
    return false
  }
}
