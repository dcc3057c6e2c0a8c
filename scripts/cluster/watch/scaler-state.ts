/**
 * `active`: a trigger is above zero. `idle`: none is. `paused`: by an annotation. `fallback`: its triggers cannot be read, so it
 * scales to a fixed number. `failing`: they cannot be read. `unknown`: KEDA has not checked yet. `fixed`: there is no scaler.
 */
export type ScalerState = 'active' | 'idle' | 'paused' | 'fallback' | 'failing' | 'unknown' | 'fixed'

/** The fields of KEDA's ScaledObject that are read. */
export interface ScaledObject {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly scaleTargetRef: { readonly name: string } }
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

/** The state of a scaler in one word. */
export function scalerState(scaled: ScaledObject | undefined): ScalerState {
  if (!scaled) return 'fixed'
  const condition = (type: string) => scaled.status?.conditions?.find((each) => each.type === type)?.status
  if (condition('Paused') === 'True') return 'paused'
  if (condition('Fallback') === 'True') return 'fallback'
  if (condition('Ready') === 'False') return 'failing'
  if (condition('Ready') !== 'True') return 'unknown'
  return condition('Active') === 'True' ? 'active' : 'idle'
}
