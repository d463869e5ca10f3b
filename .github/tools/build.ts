/**
 * `build.ts [directory]` bundles the action into the directory, `dist` unless told: unminified and without source maps, so that a reviewer can read
 * what runs. `main.cjs` stays small; what only some runs need (artifact upload, the check of documents) is a bundle of its
 * own, loaded when needed.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { ACTIONS, type Action, WITH_POST } from '../../src/config/action.ts'

/**
 * @actions/core pulls @actions/http-client (and undici, 1 MB) in for OIDC tokens only, which this
 * action does not ask for. The stub makes such a call fail loudly instead of silently.
 */
const withoutOidcHttpClient: Plugin = {
  name: 'without-oidc-http-client',
  setup(context) {
    context.onResolve({ filter: /^@actions\/http-client(\/.*)?$/ }, (args) => ({
      path: args.path,
      namespace: 'oidc-stub',
    }))
    context.onLoad({ filter: /.*/, namespace: 'oidc-stub' }, () => ({
      contents: `
        const unavailable = () => { throw new Error('OIDC tokens are not part of this action') }
        export class HttpClient { constructor() { unavailable() } }
        export class BearerCredentialHandler { constructor() { unavailable() } }
      `,
      loader: 'js',
    }))
  },
}

const shared: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  charset: 'utf8',
  legalComments: 'inline',
  loader: { '.sh': 'text' },
  // node-ssh's optional native parts: left out, so that the bundle does not depend on whether they compiled.
  external: ['cpu-features', '*.node'],
  define: { 'import.meta.url': '__importMetaUrl' },
  banner: { js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'warning',
}

const outputDirectory = process.argv[2] ?? 'dist'
rmSync(outputDirectory, { recursive: true, force: true })
await build({
  ...shared,
  entryPoints: { main: 'src/main.ts', post: 'src/post.ts' },
  outdir: outputDirectory,
  outExtension: { '.js': '.cjs' },
  // The upload lives in its own bundle; main requires it at run time by this very name.
  external: [...(shared.external ?? []), './artifact.cjs'],
  plugins: [withoutOidcHttpClient],
})
await build({
  ...shared,
  entryPoints: {
    artifact: 'src/output/artifacts/artifact-bundle.ts',
    documents: 'src/check/check-documents.ts',
  },
  outdir: outputDirectory,
  outExtension: { '.js': '.cjs' },
})
for (const action of ACTIONS.slice(1)) ask('main', action, action)
for (const action of WITH_POST.slice(1)) ask('post', action, `${action}-post`)

/** A file that asks a bundle for the job of another action. */
function ask(bundle: 'main' | 'post', action: Action, file: string): void {
  const words = `// The action actions/${action}: ${bundle}.cjs, asked for another job.\nprocess.argv[2] = '${action}'\nrequire('./${bundle}.cjs')\n`
  writeFileSync(join(outputDirectory, `${file}.cjs`), words)
}
