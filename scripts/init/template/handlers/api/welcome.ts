import type { Welcome } from 'warren'

/** What `npm start` prints once the system is ready. */
const welcome: Welcome = ({ url }) => `Ask for a greeting:

curl -i ${url}/greetings -H 'content-type: application/json' -d '{"name":"Ada"}'

and read it, at the location of the answer:

curl ${url}/greetings/<id>`

export default welcome
