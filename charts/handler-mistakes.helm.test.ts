import { parseManifest, refusals } from '#runtime/manifest/index.ts'
import { chartTest } from './testing/needs-helm.ts'
import { render } from './testing/render.ts'

const rendered = (set: object, release = 'payments') => render({ chart: 'charts/handler', release, set })

describe('a mistake in handler.yaml stops helm with a sentence that names the key', () => {
  const mistakes: [string, object, string][] = [
    ['a misspelt key', { concurency: 5 }, "additional properties 'concurency' not allowed"],
    [
      'a misspelt key within one',
      { scale: { maximum: 5 } },
      "at '/scale': additional properties 'maximum' not allowed",
    ],
    [
      'a type without a version',
      { handles: ['payment.authorize'] },
      "at '/handles/0': 'payment.authorize' does not match",
    ],
    ['one type instead of a list', { emits: 'payment.authorized.v1' }, "at '/emits': got string, want array"],
    ['a number instead of a duration', { timeout: 30 }, "at '/timeout': got number, want string"],
    ['a unit that is none', { scale: { cooldown: '60sec' } }, "at '/scale/cooldown': '60sec' does not match"],
    ['no replicas at most', { scale: { max: 0 } }, "at '/scale/max': minimum: got 0, want 1"],
    ['a yes instead of true', { database: 'yes' }, "at '/database': got string, want boolean"],
    ['a port that is none', { http: 70_000, scale: { min: 1 } }, "at '/http': maximum: got 70,000, want 65,535"],
    ['a number in env', { env: { LIMIT: 80 } }, "at '/env/LIMIT': got number, want string"],
    ['a variable in small letters', { env: { limit: '80' } }, "invalid propertyName 'limit'"],
    ['half an event', { subscribes: [{ key: 'us.*' }] }, "at '/subscribes/0': missing property 'type'"],
    ['no time at all', { timeout: '0s' }, 'handler.yaml: timeout must be at least 1ms (got "0s")'],
    ['a URL without a port', { env: { STORE: 'redis://store' } }, 'handler.yaml: env.STORE must say the port'],
  ]
  for (const [mistake, values, sentence] of mistakes) {
    chartTest(mistake, () => expect(() => rendered(values)).toThrow(sentence))
  }
})

describe('what each value allows and all together do not is told in the words of the runtime', () => {
  const wrong: [string, object][] = [
    ['fewer replicas at most than at least', { scale: { min: 2, max: 1 } }],
    ['http at zero replicas', { http: 8080 }],
    [
      'a command that is also an event',
      { handles: ['a.b.v1'], subscribes: ['a.b.v1'], emits: ['a.c.v1'], sends: ['a.c.v1'] },
    ],
    ['retries of something else', { handles: ['a.b.v1'], retry: { forever: ['a.c.v1'] } }],
    [
      'repetitions',
      {
        handles: ['a.b.v1', 'a.b.v1'],
        subscribes: [{ type: 'a.c.v1', key: 'us' }, 'a.c.v1', { type: 'a.c.v1', key: 'us' }],
        emits: ['a.d.v1', 'a.d.v1', 'a.d.v1'],
        retry: { forever: ['a.b.v1', 'a.b.v1'] },
      },
    ],
    ['a variable that everybody is given', { env: { AMQP_URL: 'x', HTTP_PORT: '80' } }],
    ['a call that outlasts what the broker allows', { timeout: '20m' }],
    ['many at once', { http: 80, scale: { min: 0, max: 1 }, emits: ['a.b.v1'], sends: ['a.b.v1'] }],
  ]
  for (const [mistake, values] of wrong) {
    chartTest(mistake, () => {
      const sentences = said(() => refusing(values))
      expect(sentences).not.toEqual([])
      expect(said(() => rendered(values))).toEqual(sentences)
    })
  }

  for (const name of ['operator', 'shop', 'pay.ments', 'payments-scaler', 'x'.repeat(41)]) {
    chartTest(`the name ${name}`, () => {
      const [sentence = ''] = said(() => parseManifest(name, {}))
      const ofChart = sentence.replace("the folder's name", "the release's name, which is the handler's,")
      expect(said(() => rendered({}, name))).toEqual([ofChart])
    })
  }

  function refusing(values: object) {
    const reasons = refusals(parseManifest('payments', values), true)
    if (reasons.length > 0) throw new Error(reasons.join('\n'))
  }

  function said(attempt: () => unknown): string[] {
    try {
      attempt()
      return []
    } catch (error) {
      return [...(error as Error).message.matchAll(/handler\.yaml: (.*)/g)].map(([, sentence = '']) => sentence).sort()
    }
  }
})
