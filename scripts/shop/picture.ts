/** `npm run picture`: draws `docs/terminal.svg` from rows that a run has printed. */
import { writeFileSync } from 'node:fs'
import { runCommand } from '../cli/run.ts'
import { terminalPicture } from './picture/draw.ts'

const command = {
  name: 'npm run picture',
  summary:
    'Draws docs/terminal.svg: the live table at three moments, from the rows in scripts/shop/picture/moments.json.',
  options: {},
}

await runCommand(command, async () => writeFileSync('docs/terminal.svg', terminalPicture()))
