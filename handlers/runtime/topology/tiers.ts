/** The ladder of delays between attempts. Each is one wait queue that all handlers share. */
export const tiers = ['1s', '5s', '30s', '2m', '10m'] as const
export type Tier = (typeof tiers)[number]
