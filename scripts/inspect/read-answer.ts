/**
 * The text of a response.
 *
 * @param most bytes: a longer one, or one without an end, is not read on, and its connection is closed
 * @throws an error that names the limit, or why the response broke off
 */
export async function textOf(response: Response, most: number): Promise<string> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    parts.push(part)
    length += part.length
    if (length > most) throw new Error(`the answer has more than ${most} bytes`)
  }
  return Buffer.concat(parts).toString()
}
