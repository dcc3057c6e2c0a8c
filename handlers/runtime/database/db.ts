import type pg from 'pg'
import type { Db } from '../on.ts'
import { failed, send } from './connection.ts'

/**
 * Statements that get a name and so a plan of their own; a handler that generates statements must not fill the server with plans.
 */
const maxNamed = 200

const transactionWords =
  /^(?:\s|;|--.*\n|\/\*(?:[^*]|\*(?!\/))*\*\/)*(begin|start\s+transaction|commit|end|rollback|abort|savepoint|release|prepare\s+transaction)\b/i
const names = new Map<string, string>()

/** The name under which the server keeps a statement's plan. Throws when a handler tries to end the runtime's transaction. */
export function statement(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined) return known
  if (transactionWords.test(text))
    throw new Error(`a handler may not run "${text.trim().slice(0, 40)}": the runtime owns the transaction`)
  if (names.size >= maxNamed) return undefined
  const name = `s${names.size}`
  names.set(text, name)
  return name
}

/** The `db` of one handler function in a transaction, and its end. */
export interface ScopedDb extends Db {
  end(): void
}

/**
 * The `db` of one handler function. A query that was begun before the function returned belongs to the transaction, awaited or not: its
 * failure fails the transaction, and with it the message. A later one changes nothing.
 *
 * @param late called with the text of a query that was begun too late
 */
export function dbOf(client: pg.Client, late: (text: string) => void = () => undefined): ScopedDb {
  let ended = false

  async function ask<Row extends object>(text: string, values: readonly unknown[]) {
    if (ended) {
      late(text)
      throw new Error('`db` was used after its handler had returned: await every query')
    }
    const name = named(client, text)
    const { rows, rowCount } = await send<Row>(client, {
      text,
      values: values as unknown[],
      // Without a name, the simple protocol would accept several statements at once, a `commit` among them.
      ...(name === undefined ? { queryMode: 'extended' } : { name }),
    })
    return { rows, rowCount: rowCount ?? 0 }
  }

  return {
    query<Row extends object>(text: string, values: readonly unknown[] = []) {
      const answer = ask<Row>(text, values).catch((error: unknown) => {
        // A failure that is not awaited must not end the process. A second reader from the start would hide the handler from the stack.
        queueMicrotask(() => void answer.catch(() => undefined))
        throw error
      })
      return answer
    },
    end() {
      ended = true
    },
  }
}

function named(client: pg.Client, text: string): string | undefined {
  try {
    return statement(text)
  } catch (error) {
    failed(client, error as Error)
    throw error
  }
}
