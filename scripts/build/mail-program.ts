/** The mail sink as the cluster runs it: SMTP on port 1025, the received mails over HTTP on port 8025. */
import { serveMails } from '../servers/mail-server.ts'
import { startMailSink } from '../servers/mail.ts'

const everywhere = '0.0.0.0'

void run(process.env.MAIL_FOLDER).catch((error: unknown) => end(1, (error as Error).message))

async function run(folder: string | undefined) {
  if (!folder) return end(78, 'MAIL_FOLDER is missing: it must be a writable folder')
  const sink = await startMailSink({ folder, port: 1025, host: everywhere })
  const server = await serveMails({ folder, port: 8025, host: everywhere })
  // The first process of a container ignores signals without a listener.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void Promise.all([sink.stop(), server.stop()]).then(() => process.exit(0)))
  }
  console.log('mail: receiving mails on port 1025, serving them on port 8025')
}

function end(code: number, sentence: string) {
  console.error(`mail: ${sentence}`)
  process.exit(code)
}
