/** Jest loads this file without translating it, so it bundles what is written in TypeScript. */
import { bundleScript } from '../run.mjs'

export default async function setUp() {
  const { installShop } = await import(await bundleScript('test/cluster'))
  globalThis.removeShop = await installShop()
}
