/**
 * The tools for testing handlers.
 *
 * @module warren/testing
 */
export { deliver, type Connection } from './testing/deliver.ts'
export { runSchedule } from './testing/run-schedule.ts'
export { reply } from './testing/reply.ts'
export { given, timeIsUp, type Event } from './testing/given.ts'
export { closeServer, serveHttp } from './process/http-server.ts'
export { advance } from './saga/advance.ts'
export type { Progress } from './saga/saga.ts'
