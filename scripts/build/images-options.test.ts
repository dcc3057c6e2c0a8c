import { imagesOptions } from './images-options.ts'

test('without a word: all images, tagged dev, built by Docker and loaded into kind', () => {
  expect(imagesOptions([], {})).toEqual({
    help: false,
    names: undefined,
    tag: 'dev',
    registry: 'docker.io/warren',
    build: ['docker', 'build'],
    load: ['kind', 'load', 'docker-image', '--name', 'warren'],
  })
})

test('names, tag, registry and commands of one’s own', () => {
  expect(
    imagesOptions(['orders', 'mail', '--tag', 'v7', '--registry', 'registry.example/shop/'], {
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

test('what is only built is not loaded', () => {
  expect(imagesOptions(['--only-build'], { WARREN_LOAD_IMAGE: 'docker push' }).load).toBeUndefined()
})

test.each(['', 'a b', '-x', 'x/y'])('"%s" is no tag', (tag) => {
  expect(() => imagesOptions([`--tag=${tag}`], {})).toThrow('--tag must be')
})
