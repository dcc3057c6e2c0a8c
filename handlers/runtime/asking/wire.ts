import * as z from 'zod'

/** The body of a reply: the data, or the sentence of an answerer that has none. */
export const replyBody = z.union([z.object({ reply: z.unknown() }), z.object({ error: z.string() })])

/** Milliseconds that an asker may wait. */
export const longestAsk = 30_000

/** Milliseconds between two tries to publish a question or a reply. */
export const publishAgain = { shortest: 50, longest: 1_000 }

/**
 * The header of a message that asks nothing. The broker drops a question as soon as its asker has given up, so a scaler, which looks
 * every few seconds, may never see it. So who gets no reply leaves such a message in its place, for which an answerer is started.
 */
export const wakes = 'x-wakes'

/** Milliseconds for which it waits for a scaler, and between two of them from one asker. */
export const wakesFor = 15_000
export const wakesEvery = 5_000
