/** Jest loads this file without translating it, so it bundles what is written in TypeScript. */
import { bundleScript } from '../../warren.mjs'

export default async function setUp() {
  const { startServers } = await import(await bundleScript('testbed/jest/servers'))
  globalThis.stopServers = await startServers()
}
