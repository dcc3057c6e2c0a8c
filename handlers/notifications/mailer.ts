import { Reject, Unavailable } from '#runtime'
import { createTransport } from 'nodemailer'

export interface Mail {
  /** Of the message, without brackets: a mail that is sent again has the same one, which is how a repeat can be told. */
  id: string
  to: string
  subject: string
  text: string
}

/** Who sends mails, as this handler needs it. */
export interface Mailer {
  /** Ends when the mail server has taken the mail. */
  send(mail: Mail, signal: AbortSignal): Promise<void>
}

/**
 * Mails through an SMTP server, over a few connections that stay open.
 *
 * @param url such as smtp://user:password@mail.example:587
 * @param from who sends: `Warren shop <shop@warren.example>`
 * @throws Unavailable when the server cannot be reached, is silent, closes the session or does not let us in
 * @throws Reject when it refuses this mail for good (5xx)
 * @throws Error when it refuses this mail for now (4xx)
 */
export function smtpMailer(url: string, from: string): Mailer {
  if (!URL.canParse(url)) throw new TypeError(`SMTP_URL must be a URL such as smtp://mail:1025 (got "${url}")`)
  const transport = createTransport({
    url,
    pool: true,
    maxMessages: Infinity,
    // Below the handler's timeout, so that a silent server is known by its name.
    connectionTimeout: 5_000,
    greetingTimeout: 5_000,
    socketTimeout: 20_000,
  })

  return {
    async send({ id, ...mail }, signal) {
      try {
        await transport.sendMail({ from, messageId: `<${id}>`, ...mail, signal })
      } catch (error) {
        throw whatWentWrong(error, id)
      }
    },
  }
}

/** A reply to the sender, the recipient or the text is about this mail; all else is about the server. */
function whatWentWrong(error: unknown, id: string): Error {
  const { code, responseCode } = error as { code?: string; responseCode?: number }
  const aboutThisMail = code === 'EENVELOPE' || code === 'EMESSAGE'
  if (!aboutThisMail || responseCode === 421) return new Unavailable('smtp', { cause: error })

  const sentence = `the mail server refuses the mail ${id}: ${(error as Error).message}`
  const forGood = responseCode === undefined || responseCode >= 500
  return forGood ? new Reject(sentence, { cause: error }) : new Error(sentence, { cause: error })
}
