import { readFileSync } from 'node:fs'
import { terminalPicture } from './draw.ts'

test('the picture in the README is the table that npm start draws; `npm run picture` renews it', () => {
  expect(readFileSync('docs/terminal.svg', 'utf8')).toBe(terminalPicture())
})
