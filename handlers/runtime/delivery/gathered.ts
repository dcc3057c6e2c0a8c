/**
 * Turns a question about many into one about each: while an answer is under way, the next questions gather. Each rejects with the error of
 * the question that it was part of.
 */
export function gathered<Answer>(
  ask: (ids: readonly string[]) => Promise<ReadonlyMap<string, Answer>>,
): (id: string) => Promise<Answer | undefined> {
  let next: { readonly ids: string[]; readonly answers: Promise<ReadonlyMap<string, Answer>> } | undefined
  let last: Promise<unknown> = Promise.resolve()
  return async (id) => {
    if (!next) {
      const ids: string[] = []
      const begin = () => {
        next = undefined
        return ask(ids)
      }
      next = { ids, answers: last.then(begin, begin) }
      last = next.answers
    }
    next.ids.push(id)
    return (await next.answers).get(id)
  }
}
