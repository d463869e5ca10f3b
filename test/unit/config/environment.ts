import type { DeployConfig } from '../../../src/config/config.ts'
import { type ConfigResult, readDeployConfig } from '../../../src/config/read.ts'
import type { ConfigMistake } from '../../../src/model/problem.ts'

type Texts = Readonly<Record<string, string>>

/** A step's environment with the required inputs and what the runner sets; `inputs` under their own names. */
export function environmentWith(inputs: Texts = {}, variables: Texts = {}): Texts {
  const given = {
    host: 'host.example',
    username: 'deploy',
    'private-key': PRIVATE_KEY,
    image: 'app:1',
    ...inputs,
  }
  return {
    RUNNER_TEMP: '/home/runner/temp',
    GITHUB_WORKSPACE: '/home/runner/work',
    GITHUB_REPOSITORY: 'owner/repository',
    GITHUB_RUN_ID: '4711',
    GITHUB_RUN_ATTEMPT: '2',
    GITHUB_JOB: 'deploy',
    ...Object.fromEntries(Object.entries(given).map(([name, text]) => [`INPUT_${name.toUpperCase()}`, text])),
    ...variables,
  }
}

/** Shaped like a key; its lines are what masking is about. */
export const PRIVATE_KEY = [
  '-----BEGIN OPENSSH PRIVATE KEY-----',
  'b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAE',
  'c2Vjb25kIGxpbmUgb2YgdGhlIGtleQ==',
  '-----END OPENSSH PRIVATE KEY-----',
].join('\n')

export function configOf(environment: Texts): DeployConfig {
  const result = readDeployConfig(environment)
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.problem.mistakes))
  return result.config
}

export function mistakesOf(environment: Texts): readonly ConfigMistake[] {
  const result = readDeployConfig(environment)
  return result.kind === 'invalid' ? result.problem.mistakes : []
}

export function revealed(result: ConfigResult): readonly string[] {
  return result.secrets.map((secret) => secret.reveal())
}
