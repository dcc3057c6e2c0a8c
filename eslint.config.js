import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'
import { needsDatabase } from './scripts/lint/needs-database.mjs'

const callFirst = {
  selector:
    "CallExpression[callee.name='on'] > ObjectExpression > Property[key.name='apply'] ~ Property[key.name='call']",
  message: '`call` stands before `apply`: TypeScript infers the type of `result` in that order.',
}

export default defineConfig(
  { ignores: ['**/.warren/', 'coverage/', 'dist/', 'scripts/init/template/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { warren: { rules: { 'needs-database': needsDatabase } } },
    rules: {
      'warren/needs-database': 'error',
      'no-restricted-syntax': ['error', callFirst],

      // A list of all contracts, or of all steps of a saga, has no narrower type; zod checks what goes through it.
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-empty-object-type': 'off',
      '@typescript-eslint/no-generated-empty-object-type': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',

      // These see neither what a callback assigns nor that a list may be empty.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-useless-default-assignment': 'off',
      // `Promise.all([maybe?.close()])` waits for what there is.
      '@typescript-eslint/await-thenable': 'off',
      // The compiler's noUncheckedIndexedAccess asks for it where an index is known to exist.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Functions over classes: what looks like a method here never uses `this`.
      '@typescript-eslint/unbound-method': 'off',
      // In an async function a throw is a rejection, even where nothing is awaited.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { ignoreRestSiblings: true, argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allowNullish: true },
      ],
    },
  },
)
