/** Headers by which a notification is routed: words in small letters, so that none collides with those of Warren or the broker. */
export type RoutingHeaders = Readonly<Record<string, string | boolean>>

/** The name of a header by which notifications are routed. Those with a hyphen are Warren's and the broker's. */
export const headerName = /^[a-z][a-z0-9_]{0,39}$/
/** Warren writes these two. */
export const takenHeaders: readonly string[] = ['type', 'traceparent']
export const headerNameRule = 'must be up to 40 small letters, digits and underscores, and not type or traceparent'

/** The same function, which throws for headers that no subscription could match. */
export function checkedHeaders<Data>(
  type: string,
  headers: (data: Data) => RoutingHeaders,
): (data: Data) => RoutingHeaders {
  return (data) => {
    const made = headers(data)
    for (const [name, value] of Object.entries(made) as [string, unknown][]) {
      if (!headerName.test(name) || takenHeaders.includes(name))
        throw new TypeError(`${type}: the name of a header ${headerNameRule} (got ${name})`)
      if (typeof value === 'boolean' || (typeof value === 'string' && Buffer.byteLength(value) <= 255)) continue
      throw new TypeError(
        `${type}: the header ${name} must be true, false or a string of up to 255 bytes (got ${String(value).slice(0, 80)})`,
      )
    }
    return made
  }
}
