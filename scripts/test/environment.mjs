import { TestEnvironment } from 'jest-environment-node'

/** Fails a test file that leaves a process behind, and ends the process. */
export default class LeakEnvironment extends TestEnvironment {
  async handleTestEvent({ name }) {
    if (name !== 'run_finish') return
    const left = [...(this.global.warrenProcesses ?? [])]
    await Promise.all(left.map((handler) => handler.kill('SIGKILL')))
    if (left.length > 0)
      throw new Error(`this file left ${left.length} of its processes behind: close its world in afterAll`)
  }
}
