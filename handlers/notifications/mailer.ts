import { Reject, Unavailable } from 'warren'
import { createTransport } from 'nodemailer'

export interface Mail {
  /** The Message-ID without brackets: a repeated mail has the same one, so that the repeat can be recognized. */
  id: string
  to: string
  subject: string
  text: string
}

/** The port through which this handler sends mails. */
export interface Mailer {
  /** Resolves when the mail server has accepted the mail. */
  send(mail: Mail, signal: AbortSignal): Promise<void>
}

/**
 * Sends mails through an SMTP server, over a few persistent connections.
 *
 * @param url such as smtp://user:password@mail.example:587
 * @param from the sender, such as `Warren shop <shop@warren.example>`
 * @throws Unavailable if the server is unreachable or silent, closes the session or refuses the login
 * @throws Reject if it refuses this mail permanently (5xx)
 * @throws Error if it refuses this mail temporarily (4xx)
 */
export function smtpMailer(url: string, from: string): Mailer {
  // Without the value, which may contain a password.
  if (!/^smtps?:\/\/./.test(url) || !URL.canParse(url))
    throw new TypeError('SMTP_URL must be a URL such as smtp://mail:1025')
  const transport = createTransport({
    url,
    pool: true,
    maxMessages: Infinity,
    // Shorter than the handler's timeout, so that the error names the silent server.
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

/** An error reply to the sender, a recipient or the text concerns this mail; any other error concerns the server. */
function whatWentWrong(error: unknown, id: string): Error {
  const { code, responseCode } = error as { code?: string; responseCode?: number }
  const aboutThisMail = code === 'EENVELOPE' || code === 'EMESSAGE'
  if (!aboutThisMail || responseCode === 421) return new Unavailable('smtp', { cause: error })

  const sentence = `the mail server refuses the mail ${id}: ${(error as Error).message}`
  const forGood = responseCode === undefined || responseCode >= 500
  return forGood ? new Reject(sentence, { cause: error }) : new Error(sentence, { cause: error })
}
