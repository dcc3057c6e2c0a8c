import { chartTest } from './testing/needs-helm.ts'
import { only, render } from './testing/render.ts'

const reference = `registry.example/shop/docker_io_warren_payments:v1@sha256:${'a'.repeat(64)}`

const payments = (set: object) =>
  render({ chart: 'charts/handler', release: 'payments', values: ['handlers/payments/handler.yaml'], set })

chartTest('an image reference replaces the whole image of the pods, the prepare Job and the mail sink', () => {
  const objects = payments({ image: { reference } })
  for (const kind of ['Deployment', 'Job'])
    expect(only(objects, kind).spec.template.spec.containers[0].image).toBe(reference)
  const shop = render({ chart: 'charts/system', release: 'shop', set: { image: { reference } } })
  expect(only(shop, 'Deployment', 'mail').spec.template.spec.containers[0].image).toBe(reference)
})

chartTest('in development mode, the code runs from a writable copy and restarts when the copy changes', () => {
  const { initContainers, containers, volumes } = only(payments({ dev: true }), 'Deployment').spec.template.spec
  expect(containers[0].args).toEqual(['--watch', 'handler.cjs'])
  expect(containers[0].volumeMounts).toContainEqual({ name: 'code', mountPath: '/app' })
  expect(initContainers[0].volumeMounts).toEqual([{ name: 'code', mountPath: '/code' }])
  expect(volumes).toContainEqual({ name: 'code', emptyDir: {} })
  // The image itself stays read-only, here too.
  for (const { securityContext } of [...initContainers, ...containers])
    expect(securityContext).toMatchObject({ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false })
})

chartTest('outside development mode, the code cannot be replaced', () => {
  const { initContainers, containers } = only(payments({}), 'Deployment').spec.template.spec
  expect(initContainers).toBeUndefined()
  expect(containers[0].args).toBeUndefined()
  const mounts: { mountPath: string }[] = containers[0].volumeMounts
  expect(mounts.map(({ mountPath }) => mountPath)).not.toContain('/app')
})
