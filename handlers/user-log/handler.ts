import { LogWritten } from '#contracts'
import { handler, onBatch } from 'warren'

/** Keeps what is written about users, such as refused sign-ins. Lines of other sources do not arrive: see the key in `handler.yaml`. */
export const userLog = () => [
  onBatch(LogWritten, async (items, { db }) => {
    const rows = items.map(({ data: { lineId, severity, text, times }, message }) => ({
      ...{ line_id: lineId, severity, text, times },
      ...{ correlation_id: message.correlationId, written_at: message.publishedAt },
    }))
    await db.query(
      'insert into lines select * from json_populate_recordset(null::lines, $1) on conflict (line_id) do nothing',
      [JSON.stringify(rows)],
    )
  }),
]

export default handler({ subscriptions: userLog })
