import * as z from 'zod'
import { DEPLOY, DOCUMENTS, ON_HOST, ROLLBACK, TRANSACTION } from './action.ts'
import { hostAddress, hostFingerprints, loginName, registryAccount } from './address.ts'
import { docsMap } from './docs-map.ts'
import { deadline } from './duration.ts'
import { extraReports } from './extra-reports.ts'
import { gateRules } from './gate-rules.ts'
import { envKey, haveDistinctKeys, imageReference, imageSetting, registryServer } from './image.ts'
import { KNOWN_KEYS, managedEnv } from './managed-env.ts'
import { absoluteDirectory, hostPath } from './path.ts'
import { files, stateFiles } from './release-paths.ts'
import { runnerEnv } from './runner-env.ts'
import type { SettingTable } from './setting.ts'
import {
  boolean,
  integer,
  listOf,
  matching,
  oneOf,
  orNone,
  secretLine,
  secretLines,
  secretText,
  setOf,
} from './text.ts'
import { variablesJson } from './variables-json.ts'

/** Every input of the actions, in the order of the action files and the documentation. */
export const INPUTS = {
  host: {
    actions: ON_HOST,
    at: 'ssh.host',
    reads: hostAddress(),
    says: 'The host: a name or an IP address.',
  },
  port: {
    actions: ON_HOST,
    at: 'ssh.port',
    reads: integer(1, 65535).prefault('22'),
    says: 'The port of its SSH server.',
  },
  username: {
    actions: ON_HOST,
    at: 'ssh.username',
    reads: loginName(),
    says: 'The account to log in as. It must be allowed to use Docker.',
  },
  'private-key': {
    actions: ON_HOST,
    at: 'ssh.privateKey',
    reads: secretText('a private key in OpenSSH or PEM form'),
    says: 'The private key of that account (OpenSSH or PEM). Windows line ends and a missing last line break are repaired.',
    privacy: 'secret',
  },
  passphrase: {
    actions: ON_HOST,
    at: 'ssh.passphrase',
    reads: secretLine('the passphrase of the private key, on one line').optional(),
    says: 'The passphrase of the private key, if it has one.',
    privacy: 'secret',
  },
  'known-hosts': {
    actions: ON_HOST,
    reads: z.string().optional(),
    says: 'Lines of a known_hosts file that name the host key. Give this or `host-fingerprint`. Without either, the action refuses the connection and prints the line to put here.',
  },
  'host-fingerprint': {
    actions: ON_HOST,
    reads: hostFingerprints().optional(),
    says: 'SHA-256 fingerprints of the host key, like `SHA256:…`. The action accepts any one of them.',
  },
  'bastion-host': {
    actions: ON_HOST,
    reads: hostAddress().optional(),
    says: 'An SSH server to go through if the runner cannot reach the host directly. It must allow TCP forwarding to the host. `host` and `port` then name the host as the bastion sees it.',
  },
  'bastion-port': {
    actions: ON_HOST,
    reads: integer(1, 65535).optional(),
    says: 'The port of the bastion; 22 unless given.',
  },
  'bastion-username': {
    actions: ON_HOST,
    reads: loginName().optional(),
    says: 'The account at the bastion; without it, `username`.',
  },
  'bastion-private-key': {
    actions: ON_HOST,
    reads: secretText('a private key in OpenSSH or PEM form').optional(),
    says: 'The private key for the bastion; without it, `private-key`. If it has a passphrase, it must be the one in `passphrase`.',
    privacy: 'secret',
  },
  'bastion-known-hosts': {
    actions: ON_HOST,
    reads: z.string().optional(),
    says: 'Lines of a known_hosts file that name the key of the bastion; without it, those of `known-hosts`. Needed with `host-fingerprint`, which vouches for the host alone.',
  },
  image: {
    actions: DEPLOY,
    reads: imageReference(),
    says: 'The release to deploy. Sets `AI_TRADE_IMAGE` in the env file.',
  },
  'research-image': {
    actions: DEPLOY,
    reads: imageReference().optional(),
    says: 'The image of the assessment tools. Sets `AI_TRADE_RESEARCH_IMAGE` in the env file.',
  },
  images: {
    actions: DEPLOY,
    reads: listOf(imageSetting()).refine(haveDistinctKeys, { error: 'every key once' }).optional(),
    says: 'Further image variables of the compose file, one `KEY=reference` a line.',
  },
  transaction: {
    actions: ROLLBACK,
    at: 'transaction',
    reads: matching('the id of a transaction: letters and digits', /^[a-z0-9]{1,64}$/).optional(),
    says: 'The transaction whose release comes back: the output `transaction-id` of its deployment. Without it, the one that was confirmed before the present one.',
  },
  'project-dir': {
    actions: ON_HOST,
    at: 'host.projectDir',
    reads: absoluteDirectory().prefault('/opt/ai-trade'),
    says: 'The directory of the compose project on the host.',
  },
  'compose-files': {
    actions: ON_HOST,
    at: 'host.composeFiles',
    reads: listOf(hostPath()).prefault('docker-compose.prod.yml'),
    says: 'The compose files, in the order compose merges them; relative to `project-dir` or absolute.',
  },
  'env-file': {
    actions: ON_HOST,
    at: 'host.envFile',
    reads: hostPath().prefault('.env.runtime'),
    says: 'The env file of the compose project; relative to `project-dir` or absolute.',
  },
  'project-name': {
    actions: ON_HOST,
    at: 'host.projectName',
    reads: matching(
      'a compose project name: lower-case letters, digits, - and _, starting with a letter or digit',
      /^[a-z0-9][a-z0-9_-]{0,127}$/,
    ).optional(),
    says: 'The name of the compose project; without it, the one that Compose derives.',
  },
  'required-env': {
    actions: DEPLOY,
    at: 'host.requiredEnv',
    reads: orNone(setOf(envKey())).prefault('AI_TRADE_BYBIT_DEMO_API_KEY AI_TRADE_BYBIT_DEMO_API_SECRET'),
    says: 'Keys that must have a value in the env file; otherwise the deployment changes nothing. `none` for none.',
  },
  'manage-env': {
    actions: DEPLOY,
    reads: managedEnv().prefault(KNOWN_KEYS.join(' ')),
    says: 'The variables of the env file that the deployment sets beside the images, and that a rollback restores. By name those whose value the action knows (`AI_TRADE_PROJECT_DIR`, `AI_TRADE_ENV_FILE`); `none` for none; others as `KEY=value`, one a line. The host keeps the values in plain text: no secrets. An empty text stands for the default, because GitHub hands an input that was left out and an empty one on alike.',
    // A value may be anything.
    privacy: 'size-only',
  },
  'preflight-command': {
    actions: DEPLOY,
    at: 'trial.command',
    reads: matching('a command on one line, without tabs', /^[^\t\r\n]+$/).optional(),
    says: 'A shell command that the host runs in the new image of `GATE_SERVICE`, with the environment, mounts and networks of that service but no published ports, before anything changes. It has 5 minutes. If it does not end with 0, the deployment changes nothing. The host keeps it in plain text: no secrets.',
  },
  'preflight-retry-codes': {
    actions: DEPLOY,
    at: 'trial.retryCodes',
    reads: z
      .string()
      .optional()
      .transform((text) => text ?? '')
      .pipe(listOf(integer(1, 255))),
    says: 'Exit codes of `preflight-command` after which it is tried again, three times in all.',
  },
  files: {
    actions: DEPLOY,
    at: 'release.files',
    reads: files()
      .optional()
      .transform((entries) => entries ?? []),
    says: 'What of the workspace belongs to the release, one `PATH` or `PATH -> TARGET` a line (compose file, `tools`, `ops` …). The target is relative to `project-dir`; without one it is the path. The host puts them in place inside the transaction, directories as a whole: what the release no longer has disappears. A rollback restores what was there.',
  },
  'state-files': {
    actions: DEPLOY,
    at: 'release.stateFiles',
    reads: stateFiles()
      .optional()
      .transform((paths) => paths ?? []),
    says: 'Paths of the project directory that a rollback restores too, like `data/models`; at most 1 GiB in all.',
  },
  registry: {
    actions: TRANSACTION,
    reads: registryServer().optional(),
    says: 'The registry to log in to; without it, the one that `image` names.',
  },
  'registry-username': {
    actions: TRANSACTION,
    reads: registryAccount().optional(),
    says: 'The account at the registry. Without it, the host uses its own `docker login`. Take it from a variable, not from a secret: GitHub drops every job output that contains a secret.',
  },
  'registry-password': {
    actions: TRANSACTION,
    reads: secretLines('the password or token of the registry account').optional(),
    says: 'Its password or token, or a JSON key of several lines. The host deletes it when the pull has ended.',
    privacy: 'secret',
  },
  variables: {
    actions: ON_HOST,
    reads: variablesJson().prefault('{}'),
    says: 'All repository variables as JSON: the result of `toJSON(vars)`. The action uses those in the table of variables and ignores the others.',
    // A person may have put toJSON(secrets) here.
    privacy: 'size-only',
  },
  'gate-rules': {
    actions: DEPLOY,
    at: 'closedLoop.rules',
    reads: gateRules()
      .optional()
      .transform((rules) => rules ?? []),
    says: 'Further rules on the numbers and texts of the reports, one a line, like `runtime_assess.metrics.ws_degraded_count <= 1.5 * baseline`. A release that would pass must meet them too. [Syntax and meaning](docs/gate-rules.md).',
  },
  'extra-reports': {
    actions: DEPLOY,
    at: 'closedLoop.extraReports',
    reads: extraReports()
      .optional()
      .transform((names) => names ?? []),
    says: 'Further files of the directory of the run, by their names, like `run_manifest.json runtime.log`. They are redacted and uploaded with the reports; `gate-rules` can name the JSON files. A missing one is a warning.',
  },
  'prune-images': {
    actions: DEPLOY,
    at: 'pruning.images',
    reads: oneOf(['none', 'old']).prefault('none'),
    says: 'Whether a promoted deployment removes images of earlier releases from the host: `none`, or `old`, those that earlier deployments set for the same variables, except the last `keep-releases`, images with a tag or digest of somebody else, and images that a container uses (also a stopped one) or that are held for a rollback. A failure is a warning.',
  },
  'keep-releases': {
    actions: DEPLOY,
    at: 'pruning.keepReleases',
    reads: integer(1, 20).prefault('2'),
    says: 'How many promoted releases `prune-images: old` keeps, the new one included.',
  },
  'runner-env': {
    actions: DEPLOY,
    at: 'runnerEnv',
    reads: runnerEnv()
      .optional()
      .transform((variables) => variables ?? []),
    says: 'Variables for the environment of the runner on the host, one `KEY=value` a line. The host keeps them in memory only. Logs, summary and artifacts show no value that may be a secret. [Details](docs/configuration.md#beside-the-loop-of-the-host).',
    // A secret of the job may be among them.
    privacy: 'size-only',
  },
  'health-timeout': {
    actions: TRANSACTION,
    at: 'deadlines.healthSeconds',
    reads: deadline('1s', '24h').prefault('180s'),
    says: 'How long the deployed services may take to become ready. Every other wait for a healthcheck depends on it, also that of a rollback.',
  },
  'evidence-timeout': {
    actions: DEPLOY,
    reads: deadline('1s', '24h').optional(),
    says: 'How long the new container may take to log what the gate needs; without it, as long as the assessment looks back (`CLOSED_LOOP_SINCE`), at least 15m and at most 24h.',
  },
  'assess-timeout': {
    actions: DEPLOY,
    at: 'deadlines.assessSeconds',
    reads: deadline('1s', '24h').prefault('45m'),
    says: 'How long one assessment may take.',
  },
  'prefetch-timeout': {
    actions: TRANSACTION,
    at: 'deadlines.prefetchSeconds',
    reads: deadline('1s', '24h').prefault('20m'),
    says: 'How long the pull of all images may take. The deployment changes nothing before the host has them all.',
  },
  'lock-timeout': {
    actions: TRANSACTION,
    at: 'deadlines.lockSeconds',
    reads: deadline('0s', '24h').prefault('30m'),
    says: 'How long to wait for another deployment, a command on the host, the hold of a person, and `host-lock-file`: for all of them together. After that this deployment ends as `unchanged`.',
  },
  lease: {
    actions: ON_HOST,
    at: 'deadlines.leaseSeconds',
    reads: deadline('15s', '1h').prefault('90s'),
    says: 'How long the host keeps the project for this deployment after the last sign of life of the step. The step renews the lease while it lives, and tries to reconnect for no longer than this.',
  },
  'host-lock-file': {
    actions: TRANSACTION,
    reads: hostPath().optional(),
    says: 'The lock file by which the scheduler, cron and other workflows of the host exclude each other with `flock`; relative to `project-dir` or absolute. The host holds it from before the snapshot to the end of the deployment. [Details](docs/configuration.md#beside-the-loop-of-the-host).',
  },
  'on-drift': {
    actions: TRANSACTION,
    at: 'onDrift',
    reads: oneOf(['warn', 'refuse']).prefault('warn'),
    says: 'What to do if the containers do not match the files on the host: `warn` and go on (a rollback then returns to the files), or `refuse`.',
  },
  'on-no-boot-trigger': {
    actions: TRANSACTION,
    at: 'onNoBootTrigger',
    reads: oneOf(['warn', 'refuse']).prefault('warn'),
    says: 'What to do if nothing on the host could end a deployment after a restart of the host (the SSH user is not root or there is no systemd, and no cron runs for that user; or the trigger cannot be set): `warn` and go on, or `refuse` before anything changes.',
  },
  'expect-revision': {
    actions: DEPLOY,
    at: 'onOtherRevision',
    reads: boolean('refuse', 'warn').prefault('false'),
    says: 'Whether the label `org.opencontainers.image.revision` of the image must name the commit of this workflow run; otherwise the deployment changes nothing. With `false`, another commit is a warning.',
  },
  'on-rollback-failure': {
    actions: TRANSACTION,
    at: 'onRollbackFailure',
    reads: oneOf(['keep', 'stop']).prefault('keep'),
    says: 'What to do with the deployed services if a rollback fails for good: `keep` leaves them as they are. `stop` stops all of them, deferred ones too, and removes their restart policy, so that none runs until a person has checked.',
  },
  'notify-command': {
    actions: TRANSACTION,
    at: 'notifyCommand',
    reads: matching('a command on one line, without tabs', /^[^\t\r\n]+$/).optional(),
    says: 'A shell command that the host runs in `project-dir` after it ended a deployment by itself because the step was gone, or after it failed to (then `CLOSED_LOOP_OUTCOME` is the present state, like `applied`). Its environment has `CLOSED_LOOP_TRANSACTION`, `CLOSED_LOOP_OUTCOME` and `CLOSED_LOOP_PROJECT`. It has 60 s. The host keeps it in plain text: no secrets.',
  },
  'docs-map': {
    actions: DOCUMENTS,
    at: 'docsMap',
    reads: docsMap().prefault(
      [
        'docker-compose.prod.yml -> README.md docs/配置手册.md .env.example',
        'tools/closed_loop_runner.sh -> README.md docs/开发指南.md docs/配置手册.md',
      ].join('\n'),
    ),
    says: 'A compose file or a shell script, `->`, and the documents that must name all its variables or options; one a line.',
  },
  'verify-after-deploy': {
    actions: DEPLOY,
    at: 'afterPromotion',
    reads: boolean('verify', 'nothing').prefault('false'),
    says: 'Whether a promoted deployment runs the checks of `actions/verify` as its last phase. A failed check is a warning and in the summary: it rolls nothing back, and does not fail the step.',
  },
  'artifact-name': {
    actions: TRANSACTION,
    at: 'artifact.name',
    reads: matching(
      'a name of at most 200 characters without line breaks and none of " : < > | * ? \\ /',
      /^[^\p{C}":<>|*?\\/]{1,200}$/u,
    ).optional(),
    says: 'The name of the artifact, followed by the attempt; without it, made of the job, the attempt and the transaction.',
  },
  'retention-days': {
    actions: TRANSACTION,
    at: 'artifact.retentionDays',
    reads: integer(1, 400).optional(),
    says: "How long the artifact is kept; without it, the repository's setting.",
  },
} as const satisfies SettingTable

export type InputName = keyof typeof INPUTS
