import { SourceMap, type SourceMapPayload } from 'node:module'
import { build } from 'esbuild'
import { ownPositions } from './own-positions.ts'

const sources: Readonly<Record<string, string>> = {
  '/system/handlers/greeter/handler.ts': `
    import { library } from '/system/node_modules/library/index.js'
    import { later } from './later.ts'
    export const wave = () => library(() => { throw new Error('no hand') })
    export const twice = () => [wave(), later()]
  `,
  '/system/handlers/greeter/later.ts': `export type Hours = 1 | 2

export function later(): Hours { throw new Error('too late') }`,
  '/system/node_modules/library/index.js': 'export const library = (work) => work(new Error("of a package"))\n'.repeat(
    1,
  ),
}

/** What esbuild makes of these sources: the bundle's lines and its map. */
async function bundle() {
  const { outputFiles } = await build({
    entryPoints: ['/system/handlers/greeter/handler.ts'],
    outfile: '/system/.warren/build/greeter/handler.cjs',
    bundle: true,
    write: false,
    platform: 'node',
    sourcemap: 'linked',
    sourcesContent: false,
    plugins: [
      {
        name: 'sources in memory',
        setup(building) {
          building.onResolve({ filter: /./ }, ({ path }) => ({
            path: path.startsWith('./') ? path.replace('.', '/system/handlers/greeter') : path,
          }))
          building.onLoad({ filter: /./ }, ({ path }) => ({ contents: sources[path] ?? '', loader: 'ts' }))
        },
      },
    ],
  })
  const text = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))!.text
  return { lines: text('.cjs').split('\n'), map: text('.map') }
}

/** The source of the first place of a text in the bundle, as `file:line:column`. */
async function sourceOf(wanted: string): Promise<string> {
  const { lines, map } = await bundle()
  const line = lines.findIndex((each) => each.includes(wanted))
  const entry = new SourceMap(JSON.parse(ownPositions(map)) as SourceMapPayload).findEntry(
    line,
    lines[line]!.indexOf(wanted),
  )
  if (!('originalSource' in entry) || entry.generatedLine !== line) return 'unknown'
  return `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
}

test("positions in the system's own sources are exact", async () => {
  expect(await sourceOf('new Error("no hand")')).toBe('../../../handlers/greeter/handler.ts:4:53')
  expect(await sourceOf('new Error("too late")')).toBe('../../../handlers/greeter/later.ts:3:40')
  expect(await sourceOf('[wave(), later()]')).toBe('../../../handlers/greeter/handler.ts:5:32')
})

test('positions in packages are left out, and their names too', async () => {
  expect(await sourceOf('new Error("of a package")')).toBe('unknown')
  const { map } = await bundle()
  expect(map).toContain('node_modules')
  expect(ownPositions(map)).not.toContain('node_modules')
})
