/** The countries that the warehouse of each region delivers to. Each is a key under `subscribes` in `handler.yaml` too. */
export const regions = {
  us: ['US'],
  eu: ['AT', 'DE', 'ES', 'FR', 'IT', 'NL'],
} as const

export type Region = keyof typeof regions

/** The region that delivers to a country; undefined if none does. */
export function regionOf(country: string): Region | undefined {
  const names = Object.keys(regions) as Region[]
  return names.find((name) => regions[name].some((served) => served === country))
}
