import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chartTest } from './testing/needs-helm.ts'
import { objectsIn, only } from './testing/render.ts'

const page = readFileSync('docs/production.md', 'utf8')
const [, hosts = ''] = /```yaml\n(networkPolicy:\n[^`]*)```/.exec(page) ?? []
const commands = [...page.matchAll(/helm upgrade --install (\w+) charts\/handler [^\n]*\\\n[^\n]*--set env[^\n]*/g)]

chartTest(
  'the commands of docs/production.md install handlers that reach their servers, with the hosts that it lists',
  () => {
    expect(commands.map(([, release]) => release)).toEqual(['notifications', 'payments'])
    const folder = mkdtempSync(join(tmpdir(), 'page-'))
    try {
      writeFileSync(join(folder, 'hosts.yaml'), hosts)
      for (const [command, release] of commands) {
        const rendered = command
          .replace('upgrade --install', 'template')
          .replace('-f ours-handler.yaml', `-f charts/handler/values-production.yaml -f ${join(folder, 'hosts.yaml')}`)
        const { stdout, stderr } = spawnSync('sh', ['-c', rendered], { encoding: 'utf8' })
        expect(stderr).toBe('')
        const { egress } = only(objectsIn(stdout), 'NetworkPolicy', release).spec
        expect(egress).toContainEqual(expect.objectContaining({ to: [{ ipBlock: expect.anything() }] }))
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)
