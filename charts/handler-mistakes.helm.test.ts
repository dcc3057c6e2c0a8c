import { parseManifest, refusals } from '#runtime/manifest/index.ts'
import { chartTest } from './testing/needs-helm.ts'
import { render } from './testing/render.ts'

const rendered = (set: object, release = 'payments') => render({ chart: 'charts/handler', release, set })

describe('Helm rejects a mistake in handler.yaml with a sentence that names the key', () => {
  const mistakes: [string, object, string][] = [
    ['a misspelled key', { concurency: 5 }, "additional properties 'concurency' not allowed"],
    ['a misspelled nested key', { scale: { maximum: 5 } }, "at '/scale': additional properties 'maximum' not allowed"],
    [
      'a type without a version',
      { handles: ['payment.authorize'] },
      "at '/handles/0': 'payment.authorize' does not match",
    ],
    ['one type instead of a list', { emits: 'payment.authorized.v1' }, "at '/emits': got string, want array"],
    ['a number instead of a duration', { timeout: 30 }, "at '/timeout': got number, want string"],
    ['an unknown unit', { scale: { cooldown: '60sec' } }, "at '/scale/cooldown': '60sec' does not match"],
    ['a maximum of zero replicas', { scale: { max: 0 } }, "at '/scale/max': minimum: got 0, want 1"],
    ['yes instead of true', { database: 'yes' }, "at '/database': got string, want boolean"],
    ['a port out of range', { http: 70_000, scale: { min: 1 } }, "at '/http': maximum: got 70,000, want 65,535"],
    ['yes for an entrance', { entrance: true }, "at '/entrance': got boolean, want object"],
    [
      'a node port that Kubernetes does not hand out',
      { http: 80, scale: { min: 1 }, entrance: { nodePort: 8080 } },
      "at '/entrance/nodePort': minimum: got 8,080, want 30,000",
    ],
    ['an Ingress without a host', { ingress: { enabled: true } }, "at '/ingress/host': minLength: got 0, want 1"],
    ['a number in env', { env: { LIMIT: 80 } }, "at '/env/LIMIT': got number, want string"],
    ['a variable in lower case', { env: { limit: '80' } }, "invalid propertyName 'limit'"],
    ['a subscription without a type', { subscribes: [{ key: 'us.*' }] }, "at '/subscribes/0': missing property 'type'"],
    ['a timeout of zero', { timeout: '0s' }, 'handler.yaml: timeout must be at least 1ms (got "0s")'],
    ['a URL without a port', { env: { STORE: 'redis://store' } }, 'handler.yaml: env.STORE must contain the port'],
  ]
  for (const [mistake, values, sentence] of mistakes) {
    chartTest(mistake, () => expect(() => rendered(values)).toThrow(sentence))
  }
})

describe('values that contradict each other are rejected in the same words as by the runtime', () => {
  const wrong: [string, object][] = [
    ['a maximum below the minimum of replicas', { scale: { min: 2, max: 1 } }],
    ['HTTP with zero replicas', { http: 8080 }],
    ['an entrance without HTTP', { entrance: {} }],
    [
      'a type that is both a command and an event',
      { handles: ['a.b.v1'], subscribes: ['a.b.v1'], emits: ['a.c.v1'], sends: ['a.c.v1'] },
    ],
    ['endless retries of a type that is not handled', { handles: ['a.b.v1'], retry: { forever: ['a.c.v1'] } }],
    [
      'repeated entries',
      {
        handles: ['a.b.v1', 'a.b.v1'],
        subscribes: [{ type: 'a.c.v1', key: 'us' }, 'a.c.v1', { type: 'a.c.v1', key: 'us' }],
        emits: ['a.d.v1', 'a.d.v1', 'a.d.v1'],
        retry: { forever: ['a.b.v1', 'a.b.v1'] },
      },
    ],
    ['a redrive at times that cron cannot express', { redrive: { every: '7m' } }],
    ['a redrive after more than a day', { redrive: { every: '36h' } }],
    ['a redrive that is no whole number of minutes', { redrive: { every: '90s' } }],
    [
      'a redrive beside an order',
      { redrive: { every: '1h' }, ordered: true, database: true, handles: ['a.b.v1'], scale: { max: 1 } },
    ],
    ['a variable that every handler gets', { env: { AMQP_URL: 'x', HTTP_PORT: '80' } }],
    ['a timeout longer than the broker holds a delivery', { timeout: '20m' }],
    ['several mistakes at once', { http: 80, scale: { min: 0, max: 1 }, emits: ['a.b.v1'], sends: ['a.b.v1'] }],
  ]
  for (const [mistake, values] of wrong) {
    chartTest(mistake, () => {
      const sentences = said(() => refusing(values))
      expect(sentences).not.toEqual([])
      expect(said(() => rendered(values))).toEqual(sentences)
    })
  }

  for (const name of ['operator', 'system', 'pay.ments', 'payments-scaler', 'x'.repeat(41)]) {
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
