/**
 * All that a handler's author imports: contracts, handlers, and what they return and throw.
 *
 * @module warren
 */
export { answer } from './answer.ts'
export { broadcast, command, event, notification } from './contract.ts'
export type { AnyContract, Contract, DataOf, Message, MessageOf } from './contract.ts'
export type { RoutingHeaders } from './notification.ts'
export { AnswerFailed, Reject, TooEarly, Unavailable } from './failures.ts'
export { handler } from './handler.ts'
export type { Handler, HandlerParts, Submit, World } from './handler.ts'
export { at, cancel, delay } from './later.ts'
export type { Cancel, Later, LaterOptions } from './later.ts'
export { on, onBatch } from './on.ts'
export { onBroadcast } from './on-broadcast.ts'
export type { BroadcastContext } from './on-broadcast.ts'
export type {
  AnswerContext,
  ApplyContext,
  BatchItem,
  CallAndApply,
  CallContext,
  Db,
  Received,
  Subscription,
} from './on.ts'
export { question } from './question.ts'
export type { Ask, AskOptions, Question } from './question.ts'
export { schedule } from './schedule.ts'
export type { ScheduleContext } from './schedule.ts'
export type { Envelope } from './envelope.ts'
export { onRecord } from './record.ts'
export { trails } from './trail.ts'
export type { Branch, Recorded, Trail } from './trail.ts'
export { FailureSimulated, simulatedFailure } from './simulated-failure.ts'
export { saga } from './saga/builder.ts'
export type { Flow } from './saga/builder.ts'
export { follow } from './saga/follow.ts'
export type { Welcome } from './welcome.ts'
export { wrongField } from './wrong-field.ts'
