/** The JSON schema of `handler.yaml` that editors read, from Warren's root. */
export const editorSchema = 'charts/handler/handler.schema.json'

const mark = '# yaml-language-server: $schema='

/**
 * A `handler.yaml` whose first line names its schema, so that editors complete its keys and underline mistakes.
 *
 * @param schema the path of the schema from the folder of the file
 */
export function withSchema(text: string, schema: string): string {
  const line = `${mark}${schema}\n`
  return text.startsWith(mark) ? text.replace(/^.*\n?/, line) : `${line}${text}`
}
