export { default } from 'warren/jest'
