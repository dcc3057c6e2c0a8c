import { only, render, type KubernetesObject } from './render.ts'

const apis = ['monitoring.coreos.com/v1/PodMonitor', 'monitoring.coreos.com/v1/PrometheusRule']
const everything = { prometheus: { enabled: true }, grafana: { enabled: true } }

/** All that the chart can install, with the Prometheus operator's objects, for these values and values files. */
export function system(set: object = {}, values: string[] = []): KubernetesObject[] {
  return render({ chart: 'charts/system', release: 'system', values, set: { ...everything, ...set }, apis })
}

/** The names of the workloads whose pods the chart itself describes. */
export const workloads = ['grafana', 'mail', 'postgres', 'prometheus']

/** The metadata and the specification of a workload's pods. */
export function podOf(objects: readonly KubernetesObject[], name: string): any {
  return only(objects, name === 'postgres' ? 'StatefulSet' : 'Deployment', name).spec.template
}

/** The specification of the broker. */
export function broker(objects: readonly KubernetesObject[]): any {
  return only(objects, 'RabbitmqCluster').spec
}

/** What the broker's pods get beyond the operator's own settings. */
export function brokerPod(objects: readonly KubernetesObject[]): any {
  return broker(objects).override?.statefulSet.spec.template
}
