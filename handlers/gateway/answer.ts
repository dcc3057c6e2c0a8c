import { AnswerFailed, Unavailable } from 'warren'
import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import type { Logger } from 'pino'
import { check } from './check.ts'
import type { LogLines } from './log-lines.ts'
import { comeBack, Problem, problemBody } from './problem.ts'
import type { Answer, Route } from './route.ts'

/** Milliseconds after which a pending request is answered with 503. */
const answerWithin = 8_000

/** Validates the request, calls the route and sends its response. */
export function answer(route: Route, log: Logger): RequestHandler {
  return async (request, response) => {
    const { customer, correlationId } = response.locals
    const asked = await check(route, request)
    const answering = route.handle({ ...asked, customer, correlationId, log } as never)
    const { status, body, headers = {} } = await inTime(answering)
    send(response, status, 'application/json', body, headers)
  }
}

/** Guarantees a response even if the database hangs; a write that was in progress may still succeed. */
async function inTime(answering: Promise<Answer> | Answer): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(comeBack('the shop did not respond in time: please try again', 5)), answerWithin)
  })
  try {
    return await Promise.race([answering, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Turns any thrown error into a response of type `application/problem+json`. Refused sign-ins and internal errors are lines of the log. */
export function refuse(log: Logger, lines: LogLines): ErrorRequestHandler {
  return (error: unknown, { method, route }, response, _next) => {
    const problem = problemOf(error)
    const { correlationId } = response.locals
    if (problem.status >= 500) log.error({ err: error, correlationId }, 'request failed')
    if (problem.status === 401) lines.add({ severity: 'warning', source: 'user', text: problem.message }, correlationId)
    if (problem.status === 500)
      lines.add(
        { severity: 'error', source: 'gateway', text: `${method} ${route?.path ?? 'unknown'} failed` },
        correlationId,
      )
    if (response.headersSent) return response.destroy()
    send(response, problem.status, 'application/problem+json', problemBody(problem), problem.headers)
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  // Thrown by Express's router for a path that it cannot decode.
  if (error instanceof URIError) return new Problem(400, 'the path must have valid percent-encoding')
  // The reason of a failed answer is the answerer's, and stays in its log and ours.
  if (error instanceof Unavailable || error instanceof AnswerFailed)
    return comeBack('the shop is temporarily unavailable: please try again soon', 5)
  return new Problem(500, 'internal error: please try again; if it persists, report the x-correlation-id to the shop')
}

function send(
  response: Response,
  status: number,
  type: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text), ...headers })
  response.end(text)
}
