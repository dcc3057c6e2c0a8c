/**
 * How a person tries a handler that answers HTTP: the default export of `welcome.ts` in its folder. `npm start` prints the text once
 * the system is ready, `npm run connect` once it is within reach.
 *
 * @param at `url`, where the handler answers, and the values of the variables that its `handler.yaml` leaves empty
 * @returns a few lines, best with a command to paste into a shell
 * @example
 * const welcome: Welcome = ({ url }) => `Say hello:\n\ncurl -i ${url}/hello`
 * export default welcome
 */
export type Welcome = (at: {
  readonly url: string
  readonly secrets: Readonly<Record<string, string>>
}) => string | Promise<string>
