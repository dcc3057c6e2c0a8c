import type { Manifest } from '#runtime/manifest/index.ts'

/** The hosts in the URLs of a handler's variables: the handlers that it calls. */
export function calls(manifest: Pick<Manifest, 'env'>): string[] {
  return Object.values(manifest.env).flatMap((value) => (URL.canParse(value) ? [new URL(value).hostname] : []))
}

/** The handlers that answer HTTP and that no other handler calls: they are there for people and for other systems. */
export function doors(manifests: readonly Manifest[]): Manifest[] {
  const called = new Set(manifests.flatMap(calls))
  return manifests.filter(({ name, http }) => http !== undefined && !called.has(name))
}
