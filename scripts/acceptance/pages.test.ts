import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }
const pages = ['README.md', 'k8s/README.md', ...readdirSync(join(root, 'docs')).flatMap(pageOfDocs)]

function pageOfDocs(file: string): string[] {
  return file.endsWith('.md') ? [`docs/${file}`] : []
}

function read(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

function linksOf(text: string): string[] {
  return [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => path!)
}

/** The anchors of a page's headings, as GitHub makes them. */
function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

test.each(pages)('every file that %s links to exists', (page) => {
  const missing = linksOf(read(page)).filter((path) => !existsSync(join(root, dirname(page), path)))
  expect(missing).toEqual([])
})

test.each(pages)('every heading that %s links to exists', (page) => {
  const links = [...read(page).matchAll(/\]\(([^)#:]*)#([^)]+)\)/g)]
  const missing = links.filter(([, path, heading]) => {
    const target = path === '' ? page : join(dirname(page), path!)
    return target.endsWith('.md') && !headingsOf(read(target)).includes(heading!)
  })
  expect(missing.map(([link]) => link)).toEqual([])
})

test.each(pages)('every npm script that %s names exists', (page) => {
  const named = [...read(page).matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name!)
  expect(named.filter((name) => !(name in scripts))).toEqual([])
})

test('each promise is linked to its test', () => {
  const promises = read('docs/promises.md').split(/^- /m).slice(1)
  expect(promises.length).toBeGreaterThanOrEqual(10)
  expect(promises.filter((promise) => !linksOf(promise).some((path) => path.endsWith('.test.ts')))).toEqual([])
})

test('the test that the README shows is one that runs', () => {
  const [shown] = /^test\(.*?^\}\)$/ms.exec(read('README.md'))!
  expect(read('handlers/payments/handler.test.ts')).toContain(shown)
})

test('every folder in the layout of the repository exists', () => {
  const table = read('docs/repository.md')
  const missing: string[] = []
  let parent = ''
  for (const [, inside, cell] of table.matchAll(/^\| (— )?((?:`[^`]+`(?:, )?)+)/gm)) {
    const folders = [...cell!.matchAll(/`([^`]+)`/g)].map(([, folder]) => folder!)
    if (!inside) parent = folders[0]!
    missing.push(
      ...folders.map((folder) => (inside ? parent + folder : folder)).filter((path) => !existsSync(join(root, path))),
    )
  }
  expect(parent).toBe('scripts/')
  expect(missing).toEqual([])
})

test('every entry of the glossary names the files that define it', () => {
  const rows = [...read('docs/glossary.md').matchAll(/^\| (?!Term|---)(.+?) +\|.*$/gm)]
  expect(rows.length).toBeGreaterThan(30)
  expect(rows.filter(([row]) => linksOf(row).length === 0).map(([, term]) => term)).toEqual([])
})

test('the glossary defines each term once', () => {
  const terms = [...read('docs/glossary.md').matchAll(/^\| (?!Term|-)(.+?) +\|/gm)].map(([, term]) => term!)
  expect(terms).toEqual([...new Set(terms)])
})
