import { Unavailable } from '#runtime'
import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import type { Logger } from 'pino'
import { check } from './check.ts'
import { comeBack, Problem, problemBody } from './problem.ts'
import type { Answer, Route } from './route.ts'

/** Milliseconds until a request is answered, if only with 503. */
const answerWithin = 8_000

/** Checks the request, asks the route, sends its answer. */
export function answer(route: Route, log: Logger): RequestHandler {
  return async (request, response) => {
    const { customer, correlationId } = response.locals
    const asked = await check(route, request)
    const answering = route.handle({ ...asked, customer, correlationId, log } as never)
    const { status, body, headers = {} } = await inTime(answering)
    send(response, status, 'application/json', body, headers)
  }
}

/** Whoever asks gets an answer, whatever the database does; what was to be stored may be stored all the same. */
async function inTime(answering: Promise<Answer> | Answer): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(comeBack('the shop takes too long to answer: ask again', 5)), answerWithin)
  })
  try {
    return await Promise.race([answering, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Turns whatever was thrown into one answer of `application/problem+json`. */
export function refuse(log: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    const problem = problemOf(error)
    const { correlationId } = response.locals
    if (problem.status >= 500) log.error({ err: error, correlationId }, 'a request could not be answered')
    if (response.headersSent) return response.destroy()
    send(response, problem.status, 'application/problem+json', problemBody(problem), problem.headers)
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  // Express's router, which could not decode the path.
  if (error instanceof URIError) return new Problem(400, 'the path must be valid percent-encoding')
  if (error instanceof Unavailable) return comeBack('the shop cannot answer now: try again soon', 5)
  return new Problem(500, 'the shop failed here: try again, and if it stays, tell us the x-correlation-id')
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
