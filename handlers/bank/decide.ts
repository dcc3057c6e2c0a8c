import { behaviour } from './cards.ts'
import { problem, type Answer, type Request } from './requests.ts'

/** One entry of the bank's book. Amounts are in cents. */
export interface Authorization {
  id: string
  reference: string
  amount: number
  currency: string
  card: string
  status: 'authorized' | 'declined' | 'captured' | 'voided' | 'refunded'
  reason: string | null
  captured: number
  refunded: number
}

export interface Decision {
  answer: Answer
  /** The new state of the entry; undefined if the request had no effect. */
  authorization?: Authorization
}

/**
 * Decides one request; a pure function.
 *
 * @param known the authorization named by the request
 * @param newId the id of a new authorization
 */
export function decide(request: Request, known: Authorization | undefined, newId: string): Decision {
  if (request.operation === 'authorizations') return authorize(request.body, newId)

  const { operation, body } = request
  if (!known) return refuse(404, 'Not found', `there is no authorization ${body.authorizationId}`)
  switch (operation) {
    case 'captures':
      if (known.status !== 'authorized') return wrongState(known, 'captured')
      if (body.amount > known.amount) return tooMuch(body.amount, `${known.amount} is authorized`)
      return done({ ...known, status: 'captured', captured: body.amount })
    case 'voids':
      if (known.status !== 'authorized') return wrongState(known, 'voided')
      return done({ ...known, status: 'voided' })
    case 'refunds':
      if (known.status !== 'captured') return wrongState(known, 'refunded')
      if (body.amount > known.captured) return tooMuch(body.amount, `${known.captured} is captured`)
      return done({ ...known, status: 'refunded', refunded: body.amount })
  }
}

function authorize(body: Pick<Authorization, 'reference' | 'amount' | 'currency' | 'card'>, id: string): Decision {
  const { declined } = behaviour(body.card)
  return done({
    id,
    ...body,
    status: declined ? 'declined' : 'authorized',
    reason: declined ?? null,
    captured: 0,
    refunded: 0,
  })
}

function done(authorization: Authorization): Decision {
  const { id, status, reason, captured, refunded } = authorization
  return {
    authorization,
    answer: { status: 201, body: { id, status, captured, refunded, ...(reason && { reason }) } },
  }
}

const refuse = (status: number, title: string, detail: string): Decision => ({ answer: problem(status, title, detail) })

const wrongState = ({ id, status }: Authorization, wanted: string) =>
  refuse(409, 'Wrong state', `authorization ${id} is ${status} and cannot be ${wanted}`)

const tooMuch = (amount: number, limit: string) => refuse(422, 'Too much', `${amount} is too much: ${limit}`)
