import { only, render, type KubernetesObject } from './render.ts'

const apis = ['monitoring.coreos.com/v1/PodMonitor', 'monitoring.coreos.com/v1/PrometheusRule']

/** The objects of a handler of the shop, with the Prometheus operator's, for these values and values files beside its `handler.yaml`. */
export function handler(set: object = {}, release = 'payments', files: string[] = []): KubernetesObject[] {
  return render({ chart: 'charts/handler', release, values: [`handlers/${release}/handler.yaml`, ...files], set, apis })
}

/** The same in production. */
export function production(release: string, set: object = {}): KubernetesObject[] {
  return handler(set, release, ['charts/handler/values-production.yaml'])
}

/** The metadata and the specification of every pod: the handler's, that of its prepare Job, and the one of `helm test`. */
export function pods(objects: readonly KubernetesObject[]): any[] {
  return [only(objects, 'Deployment').spec.template, only(objects, 'Job').spec.template, only(objects, 'Pod')]
}
