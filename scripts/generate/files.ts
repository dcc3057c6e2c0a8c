import { runtimeFacts, valuesSchema } from './handler-chart.ts'

/** What is generated: the text of each file, by its path from the root of the repository. */
export function generatedFiles(): Record<string, string> {
  return {
    'charts/handler/values.schema.json': json(valuesSchema()),
    'charts/handler/files/runtime.json': json(runtimeFacts()),
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
