import { LogWritten } from '#contracts'
import { handler, onBatch } from 'warren'

/** Keeps the errors of all sources. Lines of another severity do not arrive: see the key in `handler.yaml`. */
export const errorLog = () => [
  onBatch(LogWritten, async (items, { db }) => {
    const rows = items.map(({ data: { lineId, source, text, times }, message }) => ({
      ...{ line_id: lineId, source, text, times },
      ...{ correlation_id: message.correlationId, written_at: message.publishedAt },
    }))
    await db.query(
      'insert into errors select * from json_populate_recordset(null::errors, $1) on conflict (line_id) do nothing',
      [JSON.stringify(rows)],
    )
  }),
]

export default handler({ subscriptions: errorLog })
