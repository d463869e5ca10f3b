import type { PreflightFinding, Problem } from '../../../src/model/problem.ts'

/** A container that some problem is about. */
export const CULPRIT = { service: 'a', container: 'b', containerId: 'c' } as const

/** Every kind of finding once; `text` stands wherever a foreign text can. */
export function findingsWith(text: string): readonly PreflightFinding[] {
  const findings: Readonly<{
    [F in PreflightFinding['finding']]: Extract<PreflightFinding, { finding: F }>
  }> = {
    'project-dir-missing': { finding: 'project-dir-missing', path: text },
    'project-dir-not-writable': { finding: 'project-dir-not-writable', path: text },
    'tool-missing': { finding: 'tool-missing', tool: text, searched: text },
    'docker-unreachable': { finding: 'docker-unreachable', detail: text },
    'docker-too-old': { finding: 'docker-too-old', version: text, minimum: '20.10' },
    'compose-missing': { finding: 'compose-missing', detail: text },
    'compose-too-old': { finding: 'compose-too-old', version: text, minimum: '2.20' },
    'docker-call-failed': {
      finding: 'docker-call-failed',
      call: 'docker compose ps',
      detail: text,
      engine: text,
      compose: text,
    },
    'compose-file-missing': { finding: 'compose-file-missing', path: text },
    'env-file-missing': { finding: 'env-file-missing', path: text },
    'env-file-not-editable': { finding: 'env-file-not-editable', path: text, detail: text },
    'path-not-replaceable': {
      ...{ finding: 'path-not-replaceable', path: text, reason: 'mount-point', detail: text },
    },
    'present-files-unreadable': { finding: 'present-files-unreadable', why: 'absent' },
    'definition-changed': { finding: 'definition-changed', kind: 'network', name: text },
    'state-too-large': {
      ...{ finding: 'state-too-large', kibibytes: 2_000_000, limitKibibytes: 1_048_576 },
    },
    'state-no-room': {
      ...{ finding: 'state-no-room', kibibytes: 900, neededKibibytes: 2000, freeKibibytes: 1000 },
    },
    'compose-config-invalid': { finding: 'compose-config-invalid', detail: text },
    'service-missing': { finding: 'service-missing', service: text, known: [text, 'watchdog'] },
    'required-env-missing': { finding: 'required-env-missing', key: text, path: text },
    'image-variable-unused': { finding: 'image-variable-unused', key: text },
    'gate-service-unmanaged': { finding: 'gate-service-unmanaged', service: text },
    'container-name-taken': { finding: 'container-name-taken', container: text, service: text, owner: text },
    'runs-as-other-project': {
      ...{ finding: 'runs-as-other-project', project: text, service: text, container: text, wouldBe: text },
    },
    'runner-missing': { finding: 'runner-missing', path: text },
    'lock-file-unusable': { finding: 'lock-file-unusable', path: text, detail: text },
    'login-kills': { finding: 'login-kills' },
    'no-boot-trigger': { finding: 'no-boot-trigger', detail: text },
    'log-driver-unreadable': { finding: 'log-driver-unreadable', service: text, driver: text },
    drift: { finding: 'drift', service: text },
    'image-not-built': { finding: 'image-not-built', service: text, image: text },
    'namespace-cut': {
      finding: 'namespace-cut',
      sharer: text,
      owner: text,
      kind: 'network',
      cure: 'by-service',
    },
  }
  return Object.values(findings)
}

/** Every code of a problem once; `text` stands wherever a foreign text can. */
export function problemsWith(text: string): readonly Problem[] {
  const host = { hop: 'bastion', host: text, port: 22 } as const
  const key = { keyType: 'ssh-ed25519', fingerprint: 'SHA256:abc' }
  const report = { kind: 'report', text } as const
  const earlier = {
    transaction: text,
    number: 3,
    confirmedAt: text,
    runUrl: text,
    images: [{ key: text, reference: text, imageId: text, source: text, presence: 'gone' }],
    variables: [],
    files: [],
  } as const
  const health = { service: text, container: text, containerId: 'c' }
  const problems: Readonly<{ [C in Problem['code']]: Problem & { readonly code: C } }> = {
    'config.invalid': {
      code: 'config.invalid',
      mistakes: [{ name: 'port', got: text, expected: 'a number' }],
    },
    'ssh.private_key_unusable': {
      code: 'ssh.private_key_unusable',
      hop: 'host',
      reason: 'passphrase-wrong',
      detail: text,
    },
    'ssh.known_hosts_invalid': { code: 'ssh.known_hosts_invalid', hop: 'bastion', line: 3, detail: text },
    'ssh.host_key_unknown': { code: 'ssh.host_key_unknown', ...host, ...key, acceptLine: text },
    'ssh.host_key_changed': {
      code: 'ssh.host_key_changed',
      ...host,
      ...key,
      expectedFingerprints: [text],
      acceptLine: text,
    },
    'ssh.host_key_revoked': { code: 'ssh.host_key_revoked', ...host, ...key },
    'ssh.authentication_failed': {
      code: 'ssh.authentication_failed',
      ...host,
      username: text,
      reason: 'more-asked',
      detail: text,
    },
    'ssh.no_common_algorithm': {
      code: 'ssh.no_common_algorithm',
      ...host,
      kind: 'cipher',
      offered: [text],
    },
    'ssh.unreachable': { code: 'ssh.unreachable', ...host, reason: 'timeout', detail: text },
    'ssh.forwarding_failed': {
      code: 'ssh.forwarding_failed',
      bastion: text,
      host: text,
      port: 22,
      reason: 'forbidden',
      detail: text,
    },
    'ssh.lost': { code: 'ssh.lost', during: text, detail: text },
    'ssh.shell_unusable': { code: 'ssh.shell_unusable', detail: text },
    'ssh.not_regained': {
      code: 'ssh.not_regained',
      because: { code: 'ssh.lost', during: text, detail: text },
      seconds: 81,
      last: { code: 'ssh.unreachable', ...host, reason: 'refused', detail: text },
    },
    'preflight.refused': { code: 'preflight.refused', findings: findingsWith(text) },
    'recover.foreign': {
      code: 'recover.foreign',
      transaction: text,
      state: text,
      projectDir: text,
      changes: [
        { kind: 'image', service: text, container: text, imageId: text },
        { kind: 'env', key: text },
      ],
    },
    'recover.timeout': {
      code: 'recover.timeout',
      transaction: '1122334455667788',
      state: 'applied',
      projectDir: '/opt/ai-trade',
      seconds: 1200,
    },
    'recover.failed': {
      code: 'recover.failed',
      transaction: text,
      state: text,
      projectDir: text,
      detail: text,
    },
    'preflight.timeout': { code: 'preflight.timeout', seconds: 60 },
    'preflight.failed': { code: 'preflight.failed', detail: text },
    'preflight.command_failed': { code: 'preflight.command_failed', exitCode: 3, tries: 2, detail: text },
    'preflight.command_timeout': { code: 'preflight.command_timeout', seconds: 300, detail: text },
    'preflight.command_not_run': { code: 'preflight.command_not_run', detail: text },
    'lock.busy': {
      code: 'lock.busy',
      waitedSeconds: 1800,
      holder: { kind: 'hold', reason: text, by: text, since: text },
    },
    'lock.superseded': { code: 'lock.superseded', runNumber: text },
    'lock.file_failed': { code: 'lock.file_failed', file: text, detail: text },
    'lock.file_lost': { code: 'lock.file_lost' },
    'lock.lost': { code: 'lock.lost', during: text },
    'step.cancelled': { code: 'step.cancelled', phase: 'apply' },
    'step.died': { code: 'step.died' },
    'step.lost_contact': { code: 'step.lost_contact' },
    'step.post_timeout': { code: 'step.post_timeout', seconds: 110 },
    'verify.timeout': { code: 'verify.timeout', seconds: 120 },
    'verify.failed': { code: 'verify.failed', detail: text },
    'prefetch.login_failed': { code: 'prefetch.login_failed', registry: text, image: text, detail: text },
    'prefetch.pull_failed': { code: 'prefetch.pull_failed', image: text, detail: text },
    'prefetch.no_space': {
      code: 'prefetch.no_space',
      space: {
        pull: { kind: 'unknown', why: 'no-answer', detail: text },
        dataRoot: { kind: 'here', path: text, freeBytes: 1 },
        project: { path: text, needBytes: 1, freeBytes: 1 },
        disks: 'two',
      },
    },
    'prefetch.timeout': { code: 'prefetch.timeout', seconds: 1200 },
    'prefetch.failed': { code: 'prefetch.failed', detail: text },
    'files.not_packed': { code: 'files.not_packed', detail: text },
    'files.not_sent': { code: 'files.not_sent', sent: 2048, bytes: 5_000_000, detail: text },
    'files.refused': { code: 'files.refused', detail: text },
    'files.timeout': { code: 'files.timeout', seconds: 600 },
    'snapshot.failed': { code: 'snapshot.failed', detail: text },
    'apply.files_changed': { code: 'apply.files_changed', path: text },
    'apply.env_edit_refused': { code: 'apply.env_edit_refused', detail: text },
    'apply.no_space': { code: 'apply.no_space', freeKibibytes: 12 },
    'apply.no_boot_trigger': { code: 'apply.no_boot_trigger', detail: text },
    'apply.up_failed': { code: 'apply.up_failed', detail: text },
    'apply.wrong_image': {
      code: 'apply.wrong_image',
      service: text,
      wantedImageId: text,
      runningImageId: text,
    },
    'apply.timeout': { code: 'apply.timeout', seconds: 300 },
    'apply.failed': { code: 'apply.failed', detail: text },
    'health.crashed': { code: 'health.crashed', ...health, exitCode: 1, restarts: 2, outOfMemory: false },
    'health.unhealthy': { code: 'health.unhealthy', ...health },
    'health.not_ready_in_time': { code: 'health.not_ready_in_time', ...health, state: text, seconds: 180 },
    'host.restarted': { code: 'host.restarted', phase: 'evidence' },
    'health.unwatched': { code: 'health.unwatched', reason: 'killed', signal: 9, detail: text },
    'health.lost': { code: 'health.lost', ...health, change: 'exited', exitCode: 1 },
    'gate.failed': { code: 'gate.failed', reasons: [report] },
    'gate.inconclusive': { code: 'gate.inconclusive', reasons: [] },
    'gate.error': { code: 'gate.error', reasons: [report, report] },
    'confirm.failed': { code: 'confirm.failed', detail: text },
    'confirm.unstable': { code: 'confirm.unstable', service: text },
    'confirm.env_changed': { code: 'confirm.env_changed', key: text },
    'confirm.timeout': { code: 'confirm.timeout', seconds: 120 },
    'rollback.failed': {
      code: 'rollback.failed',
      notRestored: [text],
      differences: [text],
      detail: text,
    },
    'rollback.image_gone': {
      code: 'rollback.image_gone',
      images: [{ reference: text, imageId: text }],
      detail: text,
    },
    'prefetch.other_revision': {
      code: 'prefetch.other_revision',
      reference: text,
      revision: text,
      commit: text,
    },
    'return.no_release': { code: 'return.no_release', choices: [] },
    'return.unknown_transaction': {
      code: 'return.unknown_transaction',
      transaction: text,
      choices: [earlier],
    },
    'return.overtaken': { code: 'return.overtaken', release: earlier },
    'return.image_gone': {
      code: 'return.image_gone',
      release: earlier,
      images: earlier.images,
      choices: [earlier],
    },
    'rollback.kept': { code: 'rollback.kept' },
    'rollback.timeout': { code: 'rollback.timeout', seconds: 300 },
    'internal.bug': { code: 'internal.bug', detail: text },
  }
  return Object.values(problems)
}
