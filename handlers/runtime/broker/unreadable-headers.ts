import type { ChannelModel } from 'amqplib'

/** The part of amqplib's connection that reads frames: undecoded bytes, and the next frame or false. */
interface FrameReader {
  rest: Buffer
  recvFrame(): unknown
}

const contentHeader = 2
const frameEnd = 0xce
/** Flags of properties, in the order in which they stand. */
const flag = { contentType: 0x8000, contentEncoding: 0x4000, headers: 0x2000 }
const flagsAt = 19

/**
 * Lets messages arrive without their headers when amqplib cannot decode these: it recurses into nested tables, so a few thousand
 * levels overflow its stack. Its answer to any error is to give up the connection, and the broker would deliver the same message again.
 */
export function dropUnreadableHeaders({ connection }: Pick<ChannelModel, 'connection'>): void {
  const reader = connection as unknown as FrameReader
  const receive = reader.recvFrame.bind(reader)
  reader.recvFrame = () => {
    const before = reader.rest
    try {
      return receive()
    } catch (error) {
      // The frame has been taken from the bytes before it was decoded.
      const frame = withoutHeaders(before.subarray(0, Math.max(0, before.length - reader.rest.length)))
      if (!frame) throw error
      reader.rest = Buffer.concat([frame, reader.rest])
      return receive()
    }
  }
}

/** The frame of a message's properties without its headers; undefined for any other frame, and for one without headers. */
function withoutHeaders(frame: Buffer): Buffer | undefined {
  if (frame.length <= flagsAt + 2 || frame[0] !== contentHeader || frame.at(-1) !== frameEnd) return undefined
  if (frame.length !== 8 + frame.readUInt32BE(3)) return undefined
  const flags = frame.readUInt16BE(flagsAt)
  if ((flags & flag.headers) === 0) return undefined
  let start = flagsAt + 2
  for (const before of [flag.contentType, flag.contentEncoding]) {
    if ((flags & before) !== 0) start += 1 + frame.readUInt8(start)
  }
  const end = start + 4 + frame.readUInt32BE(start)
  const rest = Buffer.concat([frame.subarray(0, start), frame.subarray(end)])
  rest.writeUInt32BE(rest.length - 8, 3)
  rest.writeUInt16BE(flags & ~flag.headers, flagsAt)
  return rest
}
