import { spawnSync } from 'node:child_process'
import { stubPrograms } from '../testing/stub-programs.ts'
import { aboutDatabase } from './database.ts'

test("the printed command drops database and roles with the server's own password", () => {
  const [, command = ''] = aboutDatabase({ handler: 'billing', namespace: 'mine', inNamespace: true }).split('\n\n')
  const stubs = stubPrograms({
    kubectl: 'while [ "$1" != -- ]; do shift; done; shift; POSTGRES_USER=boss POSTGRES_PASSWORD=secret exec "$@"',
    psql: 'echo "$PGPASSWORD"; for each; do echo "$each"; done',
    sh: 'exec /bin/sh "$@"',
  })
  try {
    const { stdout, stderr } = spawnSync('/bin/sh', ['-c', command], { encoding: 'utf8', env: process.env })
    expect([stderr, stdout.split('\n').filter((each) => each !== '--command')]).toEqual([
      '',
      [
        ...['secret', '--username', 'boss', '--dbname', 'postgres'],
        'drop database if exists "billing" with (force)',
        'drop role if exists "billing"',
        'drop role if exists "billing-scaler"',
        '',
      ],
    ])
    expect(stubs.calls()[0]).toMatch(/^kubectl exec --namespace mine statefulset\/postgres -- sh -c/)
  } finally {
    stubs.remove()
  }
})

test('for a server outside the namespace the SQL statements are printed instead', () => {
  const text = aboutDatabase({ handler: 'billing', namespace: 'mine', inNamespace: false })
  expect(text).toContain('  drop database if exists "billing" with (force);\n')
  expect(text).not.toContain('kubectl')
})
