/** Every message of the system. */
export * from './greetings.ts'
