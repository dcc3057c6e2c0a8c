import { broadcast, command } from '../contract.ts'
import { on } from '../on.ts'
import { onBroadcast } from '../on-broadcast.ts'
import { agreement, parseManifest } from './index.ts'

const DoorClosed = broadcast('door.closed.v1', {})
const CloseDoor = command('door.close.v1', {})
const sentences = (yaml: object, subscriptions: Parameters<typeof agreement>[1]) =>
  agreement(parseManifest('porter', yaml), subscriptions)

test('announces and hears must name what the code announces and hears', () => {
  const hearing = [onBroadcast(DoorClosed, () => {})]
  const announcing = [on(CloseDoor, [DoorClosed], () => DoorClosed({}))]
  const handles = ['door.close.v1']
  expect(sentences({ hears: ['door.closed.v1'] }, hearing)).toEqual([])
  expect(sentences({ handles, announces: ['door.closed.v1'] }, announcing)).toEqual([])
  expect(sentences({}, hearing)).toEqual([
    'handlers/porter/handler.yaml: hears must name door.closed.v1, because handler.ts hears it',
  ])
  expect(sentences({ hears: ['door.closed.v1'] }, [])).toEqual([
    'handlers/porter/handler.yaml: hears must not name door.closed.v1, because nothing in handler.ts hears it',
  ])
  expect(sentences({ handles }, announcing)).toEqual([
    'handlers/porter/handler.yaml: announces must name door.closed.v1, because handler.ts announces it',
  ])
  expect(sentences({ announces: ['door.closed.v1'] }, [])).toEqual([
    expect.stringContaining(
      'announces must not name door.closed.v1, because no list of outputs in handler.ts names it',
    ),
  ])
  expect(sentences({ announces: ['door.closed.v1'], http: 80, scale: { min: 1 } }, [])).toEqual([])
})

test('a broadcast is heard with onBroadcast alone, which takes nothing else', () => {
  expect(sentences({}, [on(DoorClosed, () => {})])).toEqual([
    'handlers/porter/handler.ts: door.closed.v1 is a broadcast, so on() cannot handle it: hear it with onBroadcast',
  ])
  expect(() => onBroadcast(CloseDoor, () => {})).toThrow(
    'onBroadcast: door.close.v1 is a command: bind it with on(), or define it with broadcast()',
  )
})
