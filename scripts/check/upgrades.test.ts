import { scriptsOf } from '../init/scripts.ts'
import { missingScripts } from './upgrades.ts'

test('a script that a new version adds is named with the line to add, and those of the system do not count', () => {
  const { trace, ...earlier } = scriptsOf()
  expect(missingScripts(JSON.stringify({ scripts: { ...earlier, own: 'mine' } }))).toEqual([
    `package.json: scripts has no trace, which Warren's own messages name: add "trace": "${trace}"`,
  ])
  expect(missingScripts(JSON.stringify({ scripts: scriptsOf() }))).toEqual([])
})
