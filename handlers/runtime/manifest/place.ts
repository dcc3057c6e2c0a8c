import type { Manifest } from './schema.ts'

/** The way to a value in a `handler.yaml`, such as `['scale', 'max']`. */
export type Path = readonly PropertyKey[]

/** A wrong value: where it stands, and what is wrong with it. */
export interface Mistake {
  readonly path: Path
  readonly sentence: string
}

/** The line of a value, or of the closest one around it; `undefined` if none of them is in the file. */
export type LineOf = (path: Path) => number | undefined

/** Where manifests were read; those of a process come from `handler.json`, which has no lines. */
const places = new WeakMap<object, { file: string; lineOf: LineOf }>()

/** Notes where a manifest was read, for the errors that only its use reveals. */
export function readFrom(manifest: Manifest, file: string, lineOf: LineOf): Manifest {
  places.set(manifest, { file, lineOf })
  return manifest
}

/** Where a value of a manifest stands, as the beginning of a sentence: `handlers/payments/handler.yaml:4`. */
export function placeOf(manifest: Pick<Manifest, 'name'>, ...path: Path): string {
  const { file, lineOf } = places.get(manifest) ?? { file: fileOf(manifest.name), lineOf: () => undefined }
  return at(file, lineOf(path))
}

export function fileOf(name: string): string {
  return `handlers/${name}/handler.yaml`
}

export function at(file: string, line: number | undefined): string {
  return line === undefined ? file : `${file}:${line}`
}
