/** RabbitMQ's quorum queues know so many priorities, from 0 up; a message without one has 4. */
const priorities = 32

/** Whether a value is a priority that a message may have. Another one is nothing to inherit or to carry on. */
export function isPriority(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < priorities
}

/** The same function, which throws for what is no priority. */
export function checkedPriority<Data>(
  type: string,
  priority: (data: Data) => number | undefined,
): (data: Data) => number | undefined {
  return (data) => {
    const value = priority(data)
    if (value === undefined || isPriority(value)) return value
    throw new TypeError(
      `${type}: its priority must be a whole number from 0 to ${priorities - 1}, or undefined (got ${String(value)})`,
    )
  }
}
