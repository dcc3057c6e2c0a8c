import {
  ApiException,
  AppsV1Api,
  DiscoveryV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
} from '@kubernetes/client-node'
import type { Identity } from './unwrap-tls.ts'

/** The API of the cluster that kubectl talks to. */
export interface Kubernetes {
  readonly core: CoreV1Api
  readonly apps: AppsV1Api
  readonly discovery: DiscoveryV1Api
  readonly custom: CustomObjectsApi
}

/**
 * Reads the kubeconfig as kubectl does: KUBECONFIG, else the one in the home folder.
 *
 * @throws a sentence when there is none
 */
export function kubernetes(): Kubernetes {
  const configuration = new KubeConfig()
  configuration.loadFromDefault()
  // The client's fallback when there is no kubeconfig.
  if (configuration.getCurrentCluster()?.server === 'http://localhost:8080')
    throw new Error(
      'no cluster is known here: KUBECONFIG names no file and ~/.kube/config is missing. npm run kind:up makes one',
    )
  return {
    core: configuration.makeApiClient(CoreV1Api),
    apps: configuration.makeApiClient(AppsV1Api),
    discovery: configuration.makeApiClient(DiscoveryV1Api),
    custom: configuration.makeApiClient(CustomObjectsApi),
  }
}

/** The answer of a call; `undefined` when the object does not exist. */
export async function ifFound<Value>(asked: Promise<Value>): Promise<Value | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return undefined
    throw error
  }
}

/**
 * The values of a Secret.
 *
 * @throws a sentence when it does not exist
 */
export async function secret({ core }: Kubernetes, namespace: string, name: string): Promise<Record<string, string>> {
  const found = await ifFound(core.readNamespacedSecret({ namespace, name }))
  if (!found)
    throw new Error(`namespace ${namespace} has no Secret ${name}: is the system installed there? npm run deploy`)
  const values = Object.entries(found.data ?? {})
  return Object.fromEntries(values.map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]))
}

/** The identity of the broker of a namespace; `undefined` for one without TLS. */
export async function brokerIdentity(api: Kubernetes, namespace: string): Promise<Identity | undefined> {
  const place = { group: 'rabbitmq.com', version: 'v1beta1', namespace, plural: 'rabbitmqclusters', name: 'rabbit' }
  const broker = (await ifFound(api.custom.getNamespacedCustomObject(place))) as
    { spec?: { tls?: { secretName?: string } } } | undefined
  const secretName = broker?.spec?.tls?.secretName
  if (!secretName) return undefined
  return { servername: `rabbit.${namespace}.svc`, ca: (await secret(api, namespace, secretName))['ca.crt'] }
}

/** Finds the sentence in an error of the client, which prints a screen of headers. Other errors are returned as they are. */
export function readable(error: unknown): Error {
  const { name, message } = error as Error
  if (name === 'FetchError')
    return new Error(`the cluster's API server does not answer (${message}): does \`kubectl get nodes\`?`, {
      cause: error,
    })
  if (!(error instanceof ApiException)) return error as Error
  const said = /"message":"((?:[^"\\]|\\.)*)"/.exec(String(error.body))?.[1] ?? message
  return new Error(`the cluster's API server answers ${error.code}: ${said}`, { cause: error })
}
