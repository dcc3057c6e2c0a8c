import { parse } from '../cli/command.ts'
import { imagesCommand, imagesOptions } from './images-command.ts'

const read = (args: string[], env: NodeJS.ProcessEnv) => imagesOptions(parse(imagesCommand, args)!, env)

test('by default all images are tagged dev, built by Docker and loaded into kind', () => {
  expect(read([], {})).toEqual({
    names: undefined,
    tag: 'dev',
    registry: 'docker.io/warren',
    build: ['docker', 'build'],
    load: ['kind', 'load', 'docker-image', '--name', 'warren'],
  })
})

test('names, tag, registry and commands can be chosen', () => {
  expect(
    read(['orders', 'mail', '--tag', 'v7', '--registry', 'registry.example/shop/'], {
      WARREN_BUILD_IMAGE: 'buildah  build --pull=never',
      WARREN_LOAD_IMAGE: 'docker push',
    }),
  ).toMatchObject({
    names: ['orders', 'mail'],
    tag: 'v7',
    registry: 'registry.example/shop',
    build: ['buildah', 'build', '--pull=never'],
    load: ['docker', 'push'],
  })
})

test('--only-build loads nothing', () => {
  expect(read(['--only-build'], { WARREN_LOAD_IMAGE: 'docker push' }).load).toBeUndefined()
})

test.each(['', 'a b', '-x', 'x/y'])('the tag "%s" is refused', (tag) => {
  expect(() => read([`--tag=${tag}`], {})).toThrow('--tag must be')
})
