import { chartTest } from './testing/needs-helm.ts'
import { handler } from './testing/handler-chart.ts'

describe('a mistake in where a handler runs is refused with the name of its key:', () => {
  const mistakes: [object, string][] = [
    [
      { tolerations: [{ key: 'a', effct: 'NoSchedule' }] },
      "at '/tolerations/0': additional properties 'effct' not allowed",
    ],
    [{ affinity: { podAfinity: {} } }, "at '/affinity': additional properties 'podAfinity' not allowed"],
    [{ topologySpreadConstraints: [{ maxSkew: 1 }] }, "at '/topologySpreadConstraints/0': missing properties"],
    [{ podSecurityContext: { runAsUsr: 1 } }, "at '/podSecurityContext': additional properties 'runAsUsr' not allowed"],
    [{ securityContext: { privilege: true } }, "at '/securityContext': additional properties 'privilege' not allowed"],
    [{ resources: { limit: {} } }, "at '/resources': additional properties 'limit' not allowed"],
    [{ serviceAccount: { annotation: {} } }, "at '/serviceAccount': additional properties 'annotation' not allowed"],
    [{ extraEnv: [{ name: 'A', valueForm: {} }] }, "at '/extraEnv/0': additional properties 'valueForm' not allowed"],
    [{ podMonitor: { interval: 30 } }, "at '/podMonitor/interval': got number, want string"],
    [{ podLabels: { pool: 'a b' } }, "at '/podLabels/pool': 'a b' does not match"],
    [
      { networkPolicy: { hosts: { 'a.example': [{ cidr: '1.2.3.4/32' }] } } },
      "additional properties 'cidr' not allowed",
    ],
    [{ networkPolicy: { extraEgres: [] } }, "at '/networkPolicy': additional properties 'extraEgres' not allowed"],
  ]
  for (const [set, sentence] of mistakes)
    chartTest(JSON.stringify(set), () => {
      expect(() => handler(set)).toThrow(sentence)
    })
})
