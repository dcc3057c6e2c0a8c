import { parse } from '../cli/command.ts'
import { deployCommand } from './deploy-command.ts'
import { pasteable } from './run-program.ts'
import { releases } from './releases.ts'

const handlers = ['bank', 'payments']

function commands(...args: string[]) {
  const { system, handlers: others } = releases(parse(deployCommand(handlers), args)!, handlers)
  return [...(system ? [system] : []), ...others].map(({ command }) => pasteable(command))
}

test('without names it is everything, what exists once first', () => {
  expect(commands()).toEqual([
    'helm upgrade --install system charts/system --namespace shop --set image.tag=dev',
    'helm upgrade --install bank charts/handler --namespace shop --set image.tag=dev --values handlers/bank/handler.yaml --wait --timeout 5m',
    'helm upgrade --install payments charts/handler --namespace shop --set image.tag=dev --values handlers/payments/handler.yaml --wait --timeout 5m',
  ])
})

test('names choose, system among them', () => {
  expect(commands('payments')).toEqual([expect.stringContaining('--install payments charts/handler')])
  expect(commands('system')).toEqual([expect.stringContaining('--install system charts/system')])
})

test('namespace, tag and registry go everywhere, values where they belong', () => {
  const [system, bank] = commands(
    ...['--namespace', 'mine', '--tag', 'v2', '--registry', 'registry.example/warren'],
    ...['--values', 'production.yaml', '--set', 'mail.enabled=false', '--set', 'postgres.cpu=20m'],
    ...['--handler-values', 'tls.yaml', '--handler-set', 'postgres.host=database'],
  )
  const everywhere = '--namespace mine --set image.tag=v2 --set image.registry=registry.example/warren'
  expect(system).toBe(
    `helm upgrade --install system charts/system ${everywhere} --values production.yaml --set mail.enabled=false --set postgres.cpu=20m`,
  )
  expect(bank).toBe(
    `helm upgrade --install bank charts/handler ${everywhere} --values handlers/bank/handler.yaml --values tls.yaml --set postgres.host=database --wait --timeout 5m`,
  )
})

test('an unknown handler is refused, and those that exist are named', () => {
  expect(() => commands('paymets')).toThrow(
    'npm run deploy: <handler> must be one of system, bank, payments (got paymets)',
  )
})
