/** Why a message went to the dead letters. */
export const deadReasons = [
  'malformed',
  'upcast-failed',
  'too-large',
  'too-deep',
  'no-id',
  'id-conflict',
  'unknown-type',
  'unsupported-version',
  'untrusted-producer',
  'rejected',
  'exhausted',
  'deferred-too-long',
  'crashed-the-process',
  'unpublishable',
] as const
export type DeadReason = (typeof deadReasons)[number]
