/** Jest loads this file without translating it, so it bundles what is written in TypeScript. */
import { bundleScript } from '../../warren.mjs'

export default async function setUp() {
  const { installShop } = await import(await bundleScript('testbed/jest/cluster'))
  globalThis.removeShop = await installShop()
}
