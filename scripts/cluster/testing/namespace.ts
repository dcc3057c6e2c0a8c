/** The variable with the namespace of the shop under test: set by hand, to keep the namespace, or else by the set-up. */
export const namespaceVariable = 'WARREN_NAMESPACE'

/** The namespace in which the set-up has installed the shop. */
export function testNamespace(): string {
  const namespace = process.env[namespaceVariable]
  if (!namespace) throw new Error(`${namespaceVariable} is missing: run these tests with \`npm run test:cluster\``)
  return namespace
}
