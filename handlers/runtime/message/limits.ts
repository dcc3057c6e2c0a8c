/** The most messages that one message may lead to, and the longest body and routing key of each, in bytes. */
export const limits = { outputs: 100, bodyBytes: 256 * 1024, keyBytes: 255 } as const
