/** Why and when something scaled, or could not. */
export interface Reason {
  readonly text: string
  readonly at: Date
}

/** The fields of an event that are read. KEDA reports scaling between 0 and 1, the Horizontal Pod Autoscaler (HPA) all other. */
export interface ScalingEvent {
  readonly reason?: string | undefined
  readonly message?: string | undefined
  readonly involvedObject: { readonly kind?: string | undefined; readonly name?: string | undefined }
  readonly lastTimestamp?: Date | undefined
  readonly eventTime?: Date | undefined
}

/** Reasons that concern scaling; KEDA also reports that it watches an object. */
const scales = /^(KEDAScaleTarget(Activated|Deactivated)|KEDAScalerFailed|SuccessfulRescale|Failed.*)$/

/**
 * The last reason of one ScaledObject.
 *
 * @param hpa the name of its HPA
 */
export function lastReason(events: readonly ScalingEvent[], scaledObject: string, hpa: string): Reason | undefined {
  const wanted: Record<string, string> = { ScaledObject: scaledObject, HorizontalPodAutoscaler: hpa }
  return events
    .filter(({ reason = '', involvedObject: { kind = '', name } }) => scales.test(reason) && wanted[kind] === name)
    .flatMap((event) => {
      const at = event.lastTimestamp ?? event.eventTime
      return at ? [{ text: readable(event), at: new Date(at) }] : []
    })
    .reduce<Reason | undefined>((last, each) => (last && last.at > each.at ? last : each), undefined)
}

function readable({ reason, message = '' }: ScalingEvent): string {
  const [, from, to, trigger] = / from (\d+) to (\d+)(?:, triggered by (.+))?$/.exec(message) ?? []
  if (to !== undefined) return `${from} → ${to}${trigger ? `, ${trigger}` : ''}`
  const [, size, why = ''] = /^New size: (\d+); reason: (.+)$/.exec(message) ?? []
  if (size !== undefined) return `→ ${size}, ${why.replace(/^external metric |\(&LabelSelector\{.*\}\)/g, '')}`
  return `${reason}: ${message}`.replace(/\s+/g, ' ').slice(0, 100)
}
