/**
 * A `Chart.yaml` with this version, as that of the chart and of the images that it runs.
 *
 * @throws an error if it has no line `version:` or no line `appVersion:`
 */
export function withVersion(chart: string, version: string): string {
  return ['version', 'appVersion'].reduce((text, key) => {
    const line = new RegExp(`^${key}:.*$`, 'm')
    if (!line.test(text)) throw new Error(`Chart.yaml: the line \`${key}:\` is missing`)
    return text.replace(line, `${key}: ${version}`)
  }, chart)
}
